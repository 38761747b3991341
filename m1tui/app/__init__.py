"""The Textual program: screens, widgets and dialogs over the engine and the procedures."""
