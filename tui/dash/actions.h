/* What the keys of keymap.c do, and why they cannot now. Main thread. */
#ifndef TUI_DASH_ACTIONS_H
#define TUI_DASH_ACTIONS_H

struct dash;

void do_start(struct dash *d);
void do_cancel(struct dash *d);
void do_open(struct dash *d);
void do_run_now(struct dash *d);
void do_toggle(struct dash *d);
void do_breaker(struct dash *d);
void do_mark(struct dash *d);
void do_mark_all(struct dash *d);
void do_retry(struct dash *d);
void do_retry_all(struct dash *d);
void do_give_up(struct dash *d);
void do_resolved(struct dash *d);
void do_shorter(struct dash *d);
void do_longer(struct dash *d);
void do_filter(struct dash *d);
void do_sort(struct dash *d);
void do_up(struct dash *d);
void do_down(struct dash *d);
void do_page_up(struct dash *d);
void do_page_down(struct dash *d);
void do_first(struct dash *d);
void do_last(struct dash *d);
void do_next_pane(struct dash *d);
void do_previous_pane(struct dash *d);
void do_pane_1(struct dash *d);
void do_pane_2(struct dash *d);
void do_pane_3(struct dash *d);
void do_pane_4(struct dash *d);
void do_pane_5(struct dash *d);
void do_zoom(struct dash *d);
void do_freeze(struct dash *d);
void do_copy(struct dash *d);
void do_commands(struct dash *d);
void do_palette(struct dash *d);
void do_mouse(struct dash *d);
void do_repaint(struct dash *d);
void do_suspend(struct dash *d);
void do_help(struct dash *d);
void do_quit(struct dash *d);

const char *start_why_not(const struct dash *d);
const char *cancel_why_not(const struct dash *d);
const char *row_why_not(const struct dash *d);
const char *run_why_not(const struct dash *d);
const char *toggle_why_not(const struct dash *d);
const char *breaker_why_not(const struct dash *d);
const char *mark_why_not(const struct dash *d);
const char *retry_why_not(const struct dash *d);
const char *give_up_why_not(const struct dash *d);

#endif
