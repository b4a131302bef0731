/* SPDX-License-Identifier: MIT
 *
 * Tables with aligned columns; the width of a cell is counted in columns of the terminal.
 */
#include "cli/output_private.h"

#include <string.h>

typedef struct Cell {
    WendPaint paint;
    guint width;
    char *text;
} Cell;

/* A line under a row: behind that many cells. */
typedef struct Below {
    guint cells;
    char *text;
} Below;

struct WendTable {
    guint columns;
    const char *const *headings;
    guint *widths;
    bool *right;
    GArray *cells; /* of Cell, row by row */
    GArray *below; /* of Below, by row */
    GStringChunk *texts;
};

WendTable *wend_table_new(guint columns, const char *const *headings)
{
    WendTable *table = g_new0(WendTable, 1);
    table->columns = columns;
    table->headings = headings;
    table->widths = g_new0(guint, columns);
    table->right = g_new0(bool, columns);
    table->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
    table->below = g_array_new(FALSE, FALSE, sizeof(Below));
    table->texts = g_string_chunk_new(4096);
    for (guint i = 0; headings != NULL && i < columns; i++)
        table->widths[i] = wend_text_width(headings[i], -1);
    return table;
}

void wend_table_free(WendTable *table)
{
    if (table == NULL)
        return;
    g_free(table->widths);
    g_free(table->right);
    g_array_unref(table->cells);
    g_array_unref(table->below);
    g_string_chunk_free(table->texts);
    g_free(table);
}

void wend_table_align_right(WendTable *table, guint column)
{
    table->right[column] = true;
}

void wend_table_cell(WendTable *table, WendPaint paint, const char *text)
{
    g_autofree char *shown = wend_text_line(text != NULL ? text : "");
    Cell cell = {paint, wend_text_width(shown, -1), g_string_chunk_insert(table->texts, shown)};
    guint column = table->cells->len % table->columns;
    table->widths[column] = MAX(table->widths[column], cell.width);
    g_array_append_val(table->cells, cell);
}

void wend_table_below(WendTable *table, const char *text)
{
    g_autofree char *shown = wend_text_line(text);
    Below below = {table->cells->len, g_string_chunk_insert(table->texts, shown)};
    g_array_append_val(table->below, below);
}

/* A line never ends in white space. */
static void append_cell(const WendCli *cli, GString *line, const WendTable *table, guint column,
                        const Cell *cell)
{
    guint padding = table->widths[column] - cell->width;
    bool painted = cell->paint != WEND_PAINT_PLAIN && cell->text[0] != '\0';
    if (column > 0)
        g_string_append(line, "  ");
    if (table->right[column])
        g_string_append_printf(line, "%*s", (int)padding, "");
    g_string_append(line, painted ? wend_out_paint(cli, cell->paint) : "");
    g_string_append(line, cell->text);
    g_string_append(line, painted ? wend_out_paint(cli, WEND_PAINT_PLAIN) : "");
    if (!table->right[column])
        g_string_append_printf(line, "%*s", (int)padding, "");
    if (column + 1 < table->columns)
        return;
    while (line->len > 0 && line->str[line->len - 1] == ' ')
        g_string_truncate(line, line->len - 1);
}

void wend_out_table(WendCli *cli, const WendTable *table)
{
    g_autoptr(GString) line = g_string_new(NULL);
    guint below = 0;
    for (guint i = 0; table->headings != NULL && i < table->columns; i++) {
        Cell cell = {WEND_PAINT_BOLD, wend_text_width(table->headings[i], -1),
                     (char *)table->headings[i]};
        append_cell(cli, line, table, i, &cell);
    }
    if (table->headings != NULL)
        wend_out_line(cli, "%s", line->str);
    for (guint start = 0; start + table->columns <= table->cells->len; start += table->columns) {
        g_string_truncate(line, 0);
        for (guint i = 0; i < table->columns; i++)
            append_cell(cli, line, table, i, &g_array_index(table->cells, Cell, start + i));
        wend_out_line(cli, "%s", line->str);
        for (; below < table->below->len; below++) {
            const Below *next = &g_array_index(table->below, Below, below);
            if (next->cells > start + table->columns)
                break;
            wend_out_line(cli, "    %s", next->text);
        }
    }
}
