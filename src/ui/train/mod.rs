//! The Train screen.

use crate::ui::command::Commands;
use crate::ui::state::State;

/// View state of the Train screen, kept across restarts.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TrainView {}

impl TrainView {
    /// Draws the screen into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut egui::Ui, _state: &State, _commands: &mut Commands) {
        ui.label("Train");
    }
}
