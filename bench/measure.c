/* SPDX-License-Identifier: MIT
 *
 * Runs one command and writes what it cost: wall time in nanoseconds and peak memory in KiB. It is a
 * program of its own because the kernel counts the memory of the process that forks towards the
 * peak of the one that it starts: a small parent keeps that below what is measured.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: bench_measure RESULT_FILE COMMAND [ARGUMENT]...\n");
        return 125;
    }
    FILE *result = fopen(argv[1], "we");
    if (result == NULL) {
        fprintf(stderr, "bench_measure: %s: %s\n", argv[1], strerror(errno));
        return 125;
    }
    int64_t start = now_ns();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        fprintf(stderr, "bench_measure: %s: %s\n", argv[2], strerror(errno));
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        fprintf(stderr, "bench_measure: %s\n", strerror(errno));
        return 125;
    }
    int64_t duration = now_ns() - start;
    fprintf(result, "%lld %ld\n", (long long)duration, usage.ru_maxrss);
    if (fclose(result) != 0)
        return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
