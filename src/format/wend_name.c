/* SPDX-License-Identifier: MIT
 *
 * Reading file names and versions of wend's own format. See wend_name.h.
 */
#include "format/wend_name.h"

#include <string.h>

#define PART_MAX 100 /* digits of one part of a version */

#define NAME_HINT                                                                                  \
    "name it VERSION_name.sql (for example 001_create_users.sql), R__name.sql or "                 \
    "B__VERSION_name.sql, or move it out of the migrations folder"

static gsize count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* The length of the version that `text` begins with; 0 = none. */
static gsize version_length(const char *text)
{
    gsize length = count_digits(text);
    while (length > 0 && (text[length] == '.' || text[length] == '-')) {
        gsize group = count_digits(text + length + 1);
        if (group == 0 || strchr("_- .", text[length + 1 + group]) == NULL)
            break;
        length += 1 + group;
    }
    return length;
}

/* The id of a version of `length` bytes; NULL when a part has too many digits. */
static char *version_id(const char *version, gsize length)
{
    /* Nearly all of them, and a folder has thousands: one number. */
    if (count_digits(version) == length) {
        gsize zeros = MIN(strspn(version, "0"), length - 1);
        return length - zeros <= PART_MAX ? g_strndup(version + zeros, length - zeros) : NULL;
    }
    g_autoptr(GString) id = g_string_sized_new(length);
    gsize part = 0; /* where the current part begins in id */
    for (gsize i = 0; i <= length; i++) {
        if (i < length && version[i] == '-')
            continue;
        if (i < length && version[i] != '.') {
            if (id->len == part + 1 && id->str[part] == '0')
                g_string_truncate(id, part);
            g_string_append_c(id, version[i]);
            continue;
        }
        if (id->len - part > PART_MAX)
            return NULL;
        if (i < length)
            g_string_append_c(id, '.');
        part = id->len;
    }
    while (g_str_has_suffix(id->str, ".0"))
        g_string_truncate(id, id->len - 2);
    return g_string_free(g_steal_pointer(&id), FALSE);
}

static char *version_position(const char *id)
{
    GString *position = g_string_sized_new(strlen(id) + 8);
    for (const char *part = id; *part != '\0'; part += *part == '.') {
        gsize length = count_digits(part);
        /* No printf: a folder has thousands of these. */
        g_string_append_c(position, (char)('0' + length / 100 % 10));
        g_string_append_c(position, (char)('0' + length / 10 % 10));
        g_string_append_c(position, (char)('0' + length % 10));
        g_string_append_len(position, part, (gssize)length);
        part += length;
    }
    return g_string_free(position, FALSE);
}

/* Whether `text` is digits and dots as version_id() leaves them. */
static bool is_version_id(const char *text)
{
    gsize length = version_length(text);
    if (length == 0 || text[length] != '\0')
        return false;
    g_autofree char *id = version_id(text, length);
    return id != NULL && strcmp(id, text) == 0;
}

char *wend_name_position(const char *id)
{
    if (g_str_has_prefix(id, "R:") && id[2] != '\0')
        return g_strconcat("R", id + 2, NULL);
    const char *version = g_str_has_prefix(id, "B:") ? id + 2 : id;
    gsize digits = count_digits(version);
    if (digits > 0 && version[digits] == '\0' && digits <= PART_MAX &&
        (version[0] != '0' || digits == 1))
        return version_position(version);
    return is_version_id(version) ? version_position(version) : NULL;
}

bool wend_name_is_sql(const char *file)
{
    gsize length = strlen(file);
    return length > 4 && g_ascii_strcasecmp(file + length - 4, ".sql") == 0;
}

gsize wend_name_stem(const char *file, WendPart *part)
{
    static const struct {
        const char *text;
        WendPart part;
    } endings[] = {{".up", WEND_PART_UP}, {".down", WEND_PART_DOWN}};
    gsize length = strlen(file);
    length -= MIN(length, 4);
    *part = WEND_PART_WHOLE;
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        gsize ending = strlen(endings[i].text);
        if (length > ending &&
            g_ascii_strncasecmp(file + length - ending, endings[i].text, ending) == 0) {
            *part = endings[i].part;
            return length - ending;
        }
    }
    return length;
}

static bool refuse_name(WendError *error, const char *message)
{
    wend_error_set(error, WEND_USAGE, "%s", message);
    return wend_error_hint(error, "%s", NAME_HINT);
}

/* Flyway's V1__name and U1__name. */
static bool looks_like_flyway(const char *stem)
{
    return (stem[0] == 'V' || stem[0] == 'U') && g_ascii_isdigit(stem[1]) &&
           strstr(stem, "__") != NULL;
}

static bool refuse_stem(WendError *error, const char *stem)
{
    if (!looks_like_flyway(stem))
        return refuse_name(error, "the name does not begin with a version");
    wend_error_set(error, WEND_USAGE, "the name is not one of wend's own format");
    return wend_error_hint(error, "it looks like Flyway's layout; in wend's own, name it "
                                  "VERSION_name.sql, for example 001_create_users.sql");
}

/* Fills version, name, id and position from "VERSION_name". */
static bool parse_versioned(const char *stem, WendName *name, WendError *error)
{
    if (looks_like_flyway(stem))
        return refuse_stem(error, stem);
    const char *version = stem + (stem[0] == 'v' || stem[0] == 'V');
    gsize length = version_length(version);
    if (length == 0 || strchr("_- ", version[length]) == NULL)
        return refuse_stem(error, stem);
    g_autofree char *id = version_id(version, length);
    if (id == NULL)
        return refuse_name(error, "the version has a number of more than 100 digits");
    name->version = g_strndup(version, length);
    name->name = g_strdup(version + length + strspn(version + length, "_- "));
    name->position = version_position(id);
    name->id = g_strconcat(name->kind == WEND_KIND_BASELINE ? "B:" : "", id, NULL);
    return true;
}

static bool parse_repeatable(const char *stem, WendName *name, WendError *error)
{
    if (stem[0] == '\0')
        return refuse_name(error, "there is no name behind R__");
    name->version = g_strdup(stem);
    name->name = g_strdup(stem);
    name->id = g_strconcat("R:", stem, NULL);
    name->position = g_strconcat("R", stem, NULL);
    return true;
}

static bool parse_stem(const char *stem, WendName *name, WendError *error)
{
    if (g_str_has_prefix(stem, "R__")) {
        name->kind = WEND_KIND_REPEATABLE;
        return parse_repeatable(stem + 3, name, error);
    }
    bool baseline = g_str_has_prefix(stem, "B__");
    name->kind = baseline ? WEND_KIND_BASELINE : WEND_KIND_VERSIONED;
    return parse_versioned(baseline ? stem + 3 : stem, name, error);
}

/* The limits of the history table's columns. */
static bool check_lengths(const WendName *name, WendError *error)
{
    if (strlen(name->id) <= WEND_ID_MAX && strlen(name->version) <= WEND_ID_MAX)
        return true;
    wend_error_set(error, WEND_USAGE, "the %s is longer than the history table can hold (%d bytes)",
                   name->kind == WEND_KIND_REPEATABLE ? "name" : "version", WEND_ID_MAX);
    return wend_error_hint(error, "give the file a shorter name");
}

bool wend_name_parse(const char *file, WendName *name, WendError *error)
{
    if (!g_utf8_validate(file, -1, NULL))
        return refuse_name(error, "the name is not valid UTF-8");
    WendName parsed = {0};
    g_autofree char *stem = g_strndup(file, wend_name_stem(file, &parsed.part));
    if (!parse_stem(stem, &parsed, error) || !check_lengths(&parsed, error)) {
        wend_name_clear(&parsed);
        return false;
    }
    *name = parsed;
    return true;
}

void wend_name_clear(WendName *name)
{
    g_free(name->id);
    g_free(name->version);
    g_free(name->name);
    g_free(name->position);
    *name = (WendName){0};
}

char *wend_name_key(const char *version)
{
    if (version[0] == '\0')
        return NULL;
    g_autofree char *position = wend_name_position(version);
    if (position != NULL) /* it is an id already */
        return g_strdup(version);
    WendName name = {0};
    if (!parse_stem(version, &name, NULL) &&
        (name.kind != WEND_KIND_VERSIONED || !parse_repeatable(version, &name, NULL)))
        return NULL;
    char *key = strlen(name.id) <= WEND_ID_MAX ? g_steal_pointer(&name.id) : NULL;
    wend_name_clear(&name);
    return key;
}
