/* What the manual says that no table knows. Plain data. */
#ifndef TUI_MANUAL_PROSE_H
#define TUI_MANUAL_PROSE_H

/* `What is typed` stands in backticks. An empty line begins a paragraph; a line that begins with a
 * blank is shown as it stands. */
extern const char manual_description[], manual_commands[], manual_options[], manual_dashboard[];
extern const char manual_leaving[], manual_terminals[], manual_keys[], manual_configuration[];
extern const char manual_theme[], manual_environment[], manual_security[], manual_examples[];
extern const char manual_see_also[];

/* A word and what is to be said of it; a NULL word ends the rows. */
struct manual_row {
    const char *word, *text;
};
extern const struct manual_row manual_panes[], manual_exit_codes[], manual_variables[];
extern const struct manual_row manual_files[];

#endif
