//! The eframe application: drains events, runs what the panes ask for, opens dialogs.
