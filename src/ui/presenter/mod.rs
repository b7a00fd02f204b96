//! Presenter mode: one model, three images, one figure, one histogram.

use crate::ui::command::Commands;
use crate::ui::state::State;

/// View state of the presenter mode.
#[derive(Debug, Default)]
pub struct PresenterView {}

impl PresenterView {
    /// Draws over the whole window.
    pub fn ui(&mut self, ui: &mut egui::Ui, _state: &State, _commands: &mut Commands) {
        ui.label("Presenter");
    }
}
