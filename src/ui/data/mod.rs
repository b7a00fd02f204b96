//! The Data screen.

use crate::ui::command::Commands;
use crate::ui::state::State;

/// View state of the Data screen, kept across restarts.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct DataView {}

impl DataView {
    /// Draws the screen into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut egui::Ui, _state: &State, _commands: &mut Commands) {
        ui.label("Data");
    }
}
