/* SPDX-License-Identifier: MIT
 *
 * Fuzz target of templates. The first byte says of what: t for the text of one, which is filled in when it can be
 * read; else a value, for a key of every kind: whatever it is, what comes out is one statement, as it was before.
 */
#include "sql/splitter.h"
#include "template/template.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static const WendDialect dialects[] = {WEND_DIALECT_SQLITE, WEND_DIALECT_POSTGRES,
                                       WEND_DIALECT_MYSQL};

static void check_error(const WendError *error)
{
    CHECK(error->code == WEND_USAGE && error->message != NULL && error->message[0] != '\0');
}

static void run_template(const char *text)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendTemplate) template = wend_template_read("t", NULL, text, NULL, &error);
    if (template == NULL) {
        check_error(&error);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(dialects); i++) {
        const WendTemplatePart *part = wend_template_part(template, dialects[i]);
        g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func(g_free);
        for (guint j = 0; part != NULL && j < part->keys->len; j++) {
            const WendTemplateKey *key = part->keys->pdata[j];
            const char *value = key->kind == WEND_KEY_IS_NUMBER ? "1"
                                : key->kind == WEND_KEY_IS_FLAG ? "yes"
                                                                : "a";
            if (key->otherwise == NULL)
                g_ptr_array_add(pairs, g_strdup_printf("%s=%s", key->name, value));
        }
        g_auto(WendError) reason = WEND_ERROR_INIT;
        g_autoptr(GPtrArray) made = wend_template_fill(
            template, dialects[i], (const char *const *)pairs->pdata, pairs->len, &reason);
        if (made == NULL)
            check_error(&reason);
        else
            CHECK(part != NULL && made->len == part->steps->len);
    }
}

static void run_value(const char *value, const char *text)
{
    g_autoptr(WendTemplate) template = wend_template_read("t", NULL, text, NULL, NULL);
    g_autofree char *pair = g_strconcat("v=", value, NULL);
    const char *pairs[] = {pair};
    CHECK(template != NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(dialects); i++) {
        g_auto(WendError) error = WEND_ERROR_INIT;
        g_autoptr(GPtrArray) made = wend_template_fill(template, dialects[i], pairs, 1, &error);
        if (made == NULL) {
            check_error(&error);
            continue;
        }
        const char *sql = ((const WendFilled *)made->pdata[0])->up;
        g_autoptr(GArray) statements = g_array_new(FALSE, FALSE, sizeof(WendStatement));
        CHECK(strchr(sql, '\n') == sql + strlen(sql) - 1);
        CHECK(wend_split(sql, strlen(sql), wend_dialect_flags(dialects[i]), statements, NULL));
        CHECK(statements->len == 1);
        CHECK(g_array_index(statements, WendStatement, 0).end == strlen(sql) - 2);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const texts[] = {
        "-- wend:key v name\nSELECT (${v}, ${v|%u %p %s %n});\n",
        "-- wend:key v names\nSELECT (${v}, ${v|%s %n});\n",
        "-- wend:key v columns\nSELECT (${v}, ${v|%s %n %d});\n",
        "-- wend:key v text\nSELECT (${v});\n",
        "-- wend:key v texts\nSELECT (${v}, ${v|%s});\n",
        "-- wend:key v number\nSELECT (${v});\n",
        "-- wend:key v word\nSELECT (${v});\n",
        "-- wend:key v sql\nSELECT ( ${v} );\n",
        "-- wend:key v flag\nSELECT (${v|1});\n",
    };
    if (size == 0 || memchr(data, '\0', size) != NULL)
        return 0;
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    if (data[0] != 't') {
        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
            run_value(text, texts[i]);
    } else if (g_utf8_validate(text, -1, NULL)) {
        run_template(text);
    }
    return 0;
}
