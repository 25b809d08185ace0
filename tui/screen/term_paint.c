#include "tui/screen/term_paint.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tui/screen/grid.h"
#include "tui/screen/term_theme.h"

#include <curses.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <term.h>
#include <unistd.h>

struct paint {
    SCREEN *screen;
    FILE *file; /* where ncurses writes to: memory */
    const struct term_theme *theme;
    bool has_colour, is_bright, ascii; /* is_bright: 16 colours, else 8 and bold */
    int rows, cols;
    struct cell *shown; /* rows * cols; NULL = nothing is known of the screen */
    bool cursor_is_shown, cursor_is_known;
    cchar_t *line; /* one row for ncurses */
};

const char *paint_unfit(const char *term_name)
{
    TERMINAL *before = cur_term;
    int found = 0;
    if (setupterm(term_name, STDOUT_FILENO, &found) != OK) {
        return found == 0   ? "this terminal's type is not known here"
               : found == 1 ? "this terminal prints on paper"
                            : "there is no terminal database";
    }
    bool can_move = cursor_address != NULL && clear_screen != NULL;
    TERMINAL *looked_at = cur_term;
    set_curterm(before);
    del_curterm(looked_at);
    return can_move ? NULL : "this terminal cannot move its cursor";
}

static void ignore(int signal_number)
{
    (void)signal_number;
}

/* newterm() takes the handlers of signals that are ours, and doupdate() would set SIGTSTP to be
 * ignored for a moment, which discards a blocked one; not when it was handled during newterm(). */
static SCREEN *new_screen(const char *term_name, FILE *file)
{
    static const int numbers[] = {SIGTSTP, SIGINT, SIGTERM, SIGWINCH};
    enum { COUNT = sizeof numbers / sizeof *numbers };
    struct sigaction mine[COUNT], no_op = {.sa_handler = ignore, .sa_flags = SA_RESTART};
    for (int i = 0; i < COUNT; i++) {
        sigaction(numbers[i], &no_op, &mine[i]);
    }
    SCREEN *screen = newterm(term_name, file, file);
    for (int i = 0; i < COUNT; i++) {
        sigaction(numbers[i], &mine[i], NULL);
    }
    return screen;
}

static void rewind_file(struct paint *p)
{
    if (lseek(fileno(p->file), 0, SEEK_SET) != 0) {
        abort(); /* memory that cannot be written again */
    }
}

/* What newterm() says (alternate screen, a scroll region of a size it guessed) is not sent. It is
 * still in a buffer of ncurses, which beep() empties. */
static void discard(struct paint *p)
{
    beep();
    rewind_file(p);
}

/* Ways to say it shorter that not every terminal (and recorder, and multiplexer) understands: a
 * character repeated, lines scrolled. Without them a screen costs little more. */
static void forgo_rarities(void)
{
    repeat_char = NULL;
    parm_index = parm_rindex = NULL;
    scroll_forward = scroll_reverse = NULL;
    change_scroll_region = NULL;
    parm_insert_line = parm_delete_line = insert_line = delete_line = NULL;
}

static void set_up_colours(struct paint *p)
{
    p->has_colour =
        p->theme != term_theme_mono() && p->has_colour && start_color() == OK && COLORS >= 8;
    if (!p->has_colour) {
        p->theme = term_theme_mono();
        return;
    }
    p->is_bright = COLORS >= 16;
    short background = use_default_colors() == OK ? -1 : COLOR_BLACK;
    for (int i = 0; i < (p->is_bright ? 16 : 8); i++) {
        init_pair((short)(i + 1), (short)i, background);
    }
}

struct paint *paint_new(const char *term_name, const struct term_theme *theme, bool with_colour,
                        bool ascii, struct err *e)
{
    int fd = memfd_create("screen", MFD_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        err_set(e, ERR_IO, "no memory for the screen: %s", strerror(errno));
        return NULL;
    }
    SCREEN *screen = new_screen(term_name, file);
    if (screen == NULL) {
        fclose(file);
        err_set(e, ERR_USAGE, "the terminal \"%s\" cannot be used", term_name);
        return NULL;
    }
    struct paint *p = mem_alloc(sizeof *p);
    *p = (struct paint){
        .screen = screen, .file = file, .theme = theme, .has_colour = with_colour, .ascii = ascii};
    forgo_rarities();
    nonl(); /* '\n' is not used as if it led to the left edge, too */
    typeahead(-1);
    set_up_colours(p);
    discard(p);
    paint_resize(p, LINES, COLS);
    return p;
}

void paint_free(struct paint *p)
{
    if (p == NULL) {
        return;
    }
    delscreen(p->screen);
    fclose(p->file);
    free(p->shown);
    free(p->line);
    free(p);
}

void paint_resize(struct paint *p, int rows, int cols)
{
    resizeterm(rows, cols);
    p->rows = rows;
    p->cols = cols;
    free(p->line);
    p->line = mem_alloc(((size_t)cols + 1) * sizeof *p->line);
    paint_forget(p);
}

void paint_forget(struct paint *p)
{
    clearok(curscr, TRUE);
    free(p->shown);
    p->shown = NULL;
    p->cursor_is_known = false;
}

static attr_t attributes_of(const struct paint *p, const struct cell *cell, short *pair)
{
    static const attr_t curses[] = {A_REVERSE, A_BOLD, A_UNDERLINE, A_DIM};
    const struct look *look = &p->theme->looks[cell->ink < INK_COUNT ? cell->ink : INK_TEXT];
    attr_t attributes = A_NORMAL;
    for (unsigned i = 0; i < sizeof curses / sizeof *curses; i++) {
        attributes |= (look->marks | cell->marks) & 1u << i ? curses[i] : 0;
    }
    *pair = 0;
    if (p->has_colour && look->colour >= 0) {
        bool by_bold = look->colour >= 8 && !p->is_bright;
        *pair = (short)(look->colour + 1 - (by_bold ? 8 : 0));
        attributes |= by_bold ? A_BOLD : 0;
    }
    return attributes;
}

/* Even if a grid holds what it never should, nothing a terminal obeys may get out. */
static wchar_t character_of(const struct paint *p, uint32_t code)
{
    if (code == 0) {
        return L' ';
    }
    return code < ' ' || (code >= 0x7f && (p->ascii || code < 0xa0)) ? L'?' : (wchar_t)code;
}

static void put_cell(const struct paint *p, cchar_t *out, const struct cell *cell)
{
    wchar_t text[CELL_CODES + 1] = {0};
    short pair = 0;
    attr_t attributes = attributes_of(p, cell, &pair);
    for (int i = 0; i < CELL_CODES && (i == 0 || (cell->codes[i] != 0 && !p->ascii)); i++) {
        text[i] = character_of(p, cell->codes[i]);
    }
    if (setcchar(out, text, attributes, pair, NULL) != OK) {
        setcchar(out, L"?", attributes, pair, NULL);
    }
}

static void put_row(struct paint *p, int row, const struct cell *cells, int cols)
{
    int count = 0;
    for (int col = 0; col < cols; col++) {
        bool is_hole = cells[col].width == 0 && col > 0; /* ncurses makes it itself */
        if (!is_hole || p->ascii) {
            put_cell(p, &p->line[count++], &cells[col]);
        }
    }
    mvwadd_wchnstr(stdscr, row, 0, p->line, count);
}

/* Nothing is known of the screen: rows that no grid gives stay blank. */
static void begin_anew(struct paint *p)
{
    size_t cells = (size_t)p->rows * (size_t)p->cols;
    p->shown = mem_alloc(cells * sizeof *p->shown);
    for (size_t i = 0; i < cells; i++) {
        p->shown[i].width = 1;
    }
    werase(stdscr);
}

static struct cell *shown_row(const struct paint *p, int row)
{
    return p->shown + (size_t)row * (size_t)p->cols;
}

static void put_changed_rows(struct paint *p, const struct grid *g)
{
    int rows = g->rows < p->rows ? g->rows : p->rows;
    int cols = g->cols < p->cols ? g->cols : p->cols;
    if (p->shown == NULL) {
        begin_anew(p);
    }
    for (int row = 0; row < rows && cols > 0; row++) {
        struct cell *shown = shown_row(p, row);
        const struct cell *cells = grid_at(g, row, 0);
        size_t size = (size_t)cols * sizeof *cells;
        if (memcmp(shown, cells, size) != 0) {
            memcpy(shown, cells, size);
            put_row(p, row, cells, cols);
        }
    }
}

static void take_bytes(struct paint *p, struct buf *out)
{
    int fd = fileno(p->file);
    char bytes[8192];
    off_t at = 0, end = lseek(fd, 0, SEEK_CUR);
    for (ssize_t n; at < end; at += n) {
        size_t want = (size_t)(end - at) < sizeof bytes ? (size_t)(end - at) : sizeof bytes;
        n = pread(fd, bytes, want, at);
        if (n <= 0) {
            abort(); /* memory that does not give back what was written */
        }
        buf_add(out, bytes, (size_t)n);
    }
    rewind_file(p);
}

static void update(struct paint *p, struct buf *out)
{
    wnoutrefresh(stdscr);
    doupdate();
    take_bytes(p, out);
}

void paint_grid(struct paint *p, const struct grid *g, struct buf *out)
{
    bool shows_cursor = g->cursor_row >= 0 && g->cursor_row < p->rows && g->cursor_col >= 0 &&
                        g->cursor_col < p->cols;
    bool cursor_changes = !p->cursor_is_known || p->cursor_is_shown != shows_cursor;
    if (cursor_changes && !shows_cursor) {
        paint_add_cap(out, "civis");
    }
    put_changed_rows(p, g);
    leaveok(stdscr, !shows_cursor);
    if (shows_cursor) {
        wmove(stdscr, g->cursor_row, g->cursor_col);
    }
    update(p, out);
    if (cursor_changes && shows_cursor) {
        paint_add_cap(out, "cnorm");
    }
    p->cursor_is_shown = shows_cursor;
    p->cursor_is_known = true;
}

void paint_theme(struct paint *p, const struct term_theme *theme, struct buf *out)
{
    p->theme = theme;
    if (p->shown != NULL) {
        for (int row = 0; row < p->rows; row++) {
            put_row(p, row, shown_row(p, row), p->cols);
        }
        update(p, out);
    }
}

static void add_without_delays(struct buf *out, const char *s)
{
    while (*s) {
        const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;
        if (end != NULL) {
            s = end + 1;
        } else {
            buf_addc(out, *s++);
        }
    }
}

bool paint_add_cap(struct buf *out, const char *name)
{
    const char *s = tigetstr(name);
    if (s == NULL || s == (char *)-1) {
        return false;
    }
    add_without_delays(out, s);
    return true;
}

void paint_add_move(struct buf *out, int row, int col)
{
    const char *s = tiparm(cursor_address, row, col);
    add_without_delays(out, s ? s : "");
}

void paint_default_size(int *rows, int *cols)
{
    int most_rows = tigetnum("lines"), most_cols = tigetnum("cols");
    *rows = most_rows > 0 ? most_rows : 24;
    *cols = most_cols > 0 ? most_cols : 80;
}

bool paint_has_colour(const struct paint *p)
{
    return p->has_colour;
}
