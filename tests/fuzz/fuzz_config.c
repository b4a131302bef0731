/* SPDX-License-Identifier: MIT
 *
 * Fuzz target of the configuration's two readers. The first byte says which: y for a wend.yaml, e for
 * a .env, whose variables are then put into a value. An error must name a place that there is.
 */
#include "core/config_parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void check_error(const WendError *error, const char *text, gsize length)
{
    guint lines = 1;
    for (gsize i = 0; i < length; i++)
        lines += text[i] == '\n' || text[i] == '\r';
    CHECK(error->code == WEND_USAGE && error->message != NULL && error->message[0] != '\0');
    CHECK(strcmp(error->file, "file") == 0);
    CHECK(error->source == NULL || error->column <= strlen(error->source) + 1);
    CHECK(error->line <= lines);
}

/* What can be used without looking: entries have names, and every value can be expanded. */
static void check_section(const WendConfigSection *section, const WendVariables *variables)
{
    for (guint key = 0; key < WEND_KEYS; key++) {
        const WendConfigValue *value = &section->values[key];
        if (value->text == NULL)
            continue;
        CHECK(value->line > 0 && value->column > 0);
        g_autofree char *unset = NULL;
        g_autofree char *text = wend_variables_expand(variables, value->text, &unset);
        CHECK(text != NULL || unset != NULL);
    }
    for (guint list = 0; list < WEND_LISTS; list++) {
        for (guint i = 0; i < section->lists[list]->len; i++) {
            const WendConfigSection *entry = g_ptr_array_index(section->lists[list], i);
            CHECK(entry->values[WEND_KEY_NAME].text != NULL);
            check_section(entry, variables);
        }
    }
}

static void run_yaml(const char *text, gsize length, const WendVariables *variables)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autoptr(WendConfigFile) file = wend_config_parse_yaml(text, length, "file", &error);
    if (file == NULL)
        check_error(&error, text, length);
    else
        check_section(file->top, variables);
}

static void run_dotenv(const char *text, gsize length, WendVariables *variables)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    if (!wend_variables_parse(variables, text, length, "file", &error))
        check_error(&error, text, length);
    GHashTableIter iter;
    gpointer name, value;
    g_hash_table_iter_init(&iter, variables->dotenv);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        bool dotenv = false;
        const char *found = wend_variables_get(variables, name, &dotenv);
        CHECK(dotenv == (strcmp(name, "HOME") != 0) && (!dotenv || strcmp(found, value) == 0));
        g_autofree char *unset = NULL;
        g_autofree char *text_out = wend_variables_expand(variables, value, &unset);
        CHECK(unset == NULL || text_out == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const environment[] = {"HOME=/home", NULL};
    if (size == 0)
        return 0;
    g_autoptr(WendVariables) variables = wend_variables_new(environment);
    const char *text = (const char *)data + 1;
    if (data[0] == 'e')
        run_dotenv(text, size - 1, variables);
    else
        run_yaml(text, size - 1, variables);
    return 0;
}
