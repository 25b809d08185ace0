#include "tui/screen/term_theme.h"

#include "tui/screen/term.h"

#include <string.h>

enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN, BRIGHT = 8 };

/* Every state is told by a word or a sign too, so that no theme has to be told apart by colour.
 * LOOK_DIM instead of bright black, which some palettes make the background's colour. */
static const struct term_theme themes[] = {
    {"default",
     {
         [INK_TEXT] = {LOOK_PLAIN, 0},
         [INK_DIM] = {LOOK_PLAIN, LOOK_DIM},
         [INK_TITLE] = {LOOK_PLAIN, MARK_BOLD},
         [INK_FOCUS] = {CYAN, MARK_BOLD},
         [INK_BORDER] = {LOOK_PLAIN, LOOK_DIM},
         [INK_GOOD] = {GREEN, 0},
         [INK_WARN] = {YELLOW, 0},
         [INK_BAD] = {RED, MARK_BOLD},
         [INK_BUSY] = {CYAN, 0},
         [INK_KEY] = {LOOK_PLAIN, MARK_BOLD},
         [INK_CHART] = {GREEN, 0},
         [INK_BANNER] = {YELLOW, MARK_REVERSE},
     }},
    /* Nothing that is pale on white: no yellow, no cyan, nothing dimmed that must be read. */
    {"light",
     {
         [INK_TEXT] = {LOOK_PLAIN, 0},
         [INK_DIM] = {LOOK_PLAIN, LOOK_DIM},
         [INK_TITLE] = {LOOK_PLAIN, MARK_BOLD},
         [INK_FOCUS] = {BLUE, MARK_BOLD},
         [INK_BORDER] = {LOOK_PLAIN, LOOK_DIM},
         [INK_GOOD] = {GREEN, MARK_BOLD},
         [INK_WARN] = {MAGENTA, 0},
         [INK_BAD] = {RED, MARK_BOLD},
         [INK_BUSY] = {BLUE, 0},
         [INK_KEY] = {LOOK_PLAIN, MARK_BOLD},
         [INK_CHART] = {BLUE, 0},
         [INK_BANNER] = {MAGENTA, MARK_REVERSE},
     }},
    /* Blue against yellow and brightness, which every common colour-blindness leaves apart; what is
     * bad is told by its weight, never by red against green. */
    {"colour-blind",
     {
         [INK_TEXT] = {LOOK_PLAIN, 0},
         [INK_DIM] = {LOOK_PLAIN, LOOK_DIM},
         [INK_TITLE] = {LOOK_PLAIN, MARK_BOLD},
         [INK_FOCUS] = {BLUE + BRIGHT, MARK_BOLD},
         [INK_BORDER] = {LOOK_PLAIN, LOOK_DIM},
         [INK_GOOD] = {BLUE + BRIGHT, 0},
         [INK_WARN] = {YELLOW, MARK_BOLD},
         [INK_BAD] = {YELLOW, MARK_BOLD | MARK_REVERSE},
         [INK_BUSY] = {LOOK_PLAIN, MARK_BOLD},
         [INK_KEY] = {LOOK_PLAIN, MARK_BOLD},
         [INK_CHART] = {BLUE + BRIGHT, 0},
         [INK_BANNER] = {LOOK_PLAIN, MARK_BOLD | MARK_REVERSE},
     }},
    {"mono",
     {
         [INK_TEXT] = {LOOK_PLAIN, 0},
         [INK_DIM] = {LOOK_PLAIN, 0},
         [INK_TITLE] = {LOOK_PLAIN, MARK_BOLD},
         [INK_FOCUS] = {LOOK_PLAIN, MARK_BOLD | MARK_UNDERLINE},
         [INK_BORDER] = {LOOK_PLAIN, 0},
         [INK_GOOD] = {LOOK_PLAIN, 0},
         [INK_WARN] = {LOOK_PLAIN, MARK_UNDERLINE},
         [INK_BAD] = {LOOK_PLAIN, MARK_BOLD | MARK_UNDERLINE},
         [INK_BUSY] = {LOOK_PLAIN, MARK_BOLD},
         [INK_KEY] = {LOOK_PLAIN, MARK_BOLD},
         [INK_CHART] = {LOOK_PLAIN, 0},
         [INK_BANNER] = {LOOK_PLAIN, MARK_REVERSE | MARK_BOLD},
     }},
};
enum { THEMES = sizeof themes / sizeof *themes };

const struct term_theme *term_theme_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < THEMES; i++) {
        if (strcmp(themes[i].name, name) == 0) {
            return &themes[i];
        }
    }
    return NULL;
}

const struct term_theme *term_theme_mono(void)
{
    return term_theme_find("mono");
}

const struct term_theme *term_theme_on_light(const struct term_theme *theme)
{
    return theme == term_theme_find("default") ? term_theme_find("light") : theme;
}

bool term_has_theme(const char *name)
{
    return term_theme_find(name) != NULL;
}
