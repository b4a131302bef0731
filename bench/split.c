/* SPDX-License-Identifier: MIT
 *
 * How fast scripts are cut into statements, and that the time grows with their size and no faster:
 * for each dialect and shape, scripts of 1, 10 and 100 MiB are built in memory and split. The last
 * column is the time per byte at the largest size over that at the smallest: near 1 is linear, up to
 * 3 is a small script that fits the processor's caches, 100 would be quadratic.
 * Usage: bench_split [MiB of the largest script]
 */
#include "sql/splitter.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MIB (1024 * 1024)

/* A script is a beginning and a unit that is repeated up to the size. */
typedef struct Shape {
    const char *name, *begin, *unit;
} Shape;

static const Shape shapes[] = {
    {"statements", "", "INSERT INTO city (id, name) VALUES (42, 'Oslo; Norway') -- capital\n;\n"},
    {"one string", "SELECT '", "a; ''b'' "},
    {"operator run", "SELECT ", "+-*<>=~!"},
    {"dollar tags", "SELECT ", "$a $b$c "},
    {"comment openers", "", "/* "},
    {"block openers", "CREATE PROCEDURE p() ", "BEGIN IF a THEN "},
    {"case openers", "CREATE PROCEDURE p() IF ", "CASE WHEN "},
    {"parentheses", "CREATE RULE r AS DO ", "("},
    {"line ends", "SELECT 1", "\r\n\n\r"},
    {"cr comments", "SELECT 1", "--\r"},
    {"empty", "", ";"},
    {"delimiters", "DELIMITER aaaaaaaaaaaaaab\n", "aaaaaaaa"},
    {"delimiter lines", "", "DELIMITER // \n"},
    {"copy data", "COPY t FROM stdin;\n", "1\t\\\\.\t2\n"},
    {"triggers", "",
     "CREATE TRIGGER a AFTER INSERT ON b FOR EACH ROW BEGIN SELECT CASE WHEN 1 THEN 2 END; "
     "UPDATE c SET d = 1; END;\n"},
    {"functions", "", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;\n"},
};

static char *build(const Shape *shape, gsize size)
{
    char *text = g_malloc(size);
    gsize begin = strlen(shape->begin), unit = strlen(shape->unit);
    memcpy(text, shape->begin, begin);
    for (gsize at = begin; at < size; at++)
        text[at] = shape->unit[(at - begin) % unit];
    return text;
}

/* Of the processor, so that other work on the machine does not count. */
static double seconds_used(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The best of three, in seconds. */
static double measure(const char *text, gsize size, guint flags)
{
    double best = 0;
    for (int round = 0; round < 3; round++) {
        g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
        double start = seconds_used();
        wend_split(text, size, flags, statements, NULL);
        double seconds = seconds_used() - start;
        if (round == 0 || seconds < best)
            best = seconds;
    }
    return MAX(best, 1e-6);
}

static void bench_shape(WendDialect dialect, const Shape *shape, gsize largest)
{
    double first = 0, last = 0;
    printf("%-9s %-16s", wend_dialect_name(dialect), shape->name);
    for (gsize divisor = 100; divisor > 0; divisor /= 10) {
        gsize size = largest / divisor;
        g_autofree char *text = build(shape, size);
        last = measure(text, size, wend_dialect_flags(dialect)) / (double)size;
        if (divisor == 100)
            first = last;
        printf(" %9.0f", 1 / last / MIB);
        fflush(stdout);
    }
    printf(" %7.2f\n", last / first);
}

int main(int argc, char **argv)
{
    double mib = argc > 1 ? g_ascii_strtod(argv[1], NULL) : 100;
    if (!(mib >= 1 && mib <= 4096)) {
        fprintf(stderr, "usage: bench_split [MiB of the largest script]\n");
        return 2;
    }
    gsize largest = (gsize)(mib * MIB);
    printf("MiB/s     %-16s %5g MiB %5g MiB %5g MiB   ratio\n", "", mib / 100, mib / 10, mib);
    for (guint dialect = WEND_DIALECT_SQLITE; dialect <= WEND_DIALECT_MYSQL; dialect++)
        for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++)
            bench_shape((WendDialect)dialect, &shapes[i], largest);
    return 0;
}
