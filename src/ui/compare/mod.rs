//! The Compare screen: one case, the input and every chosen model's view of it, side by side.

mod derived;
mod display;
#[cfg(test)]
mod fixture;
mod layout;
mod misses;
mod navigation;
mod panes;
mod readout;
mod requests;
mod signed;
mod view;
mod window_level;

use crate::domain::CaseRef;
use crate::ui::command::Commands;
use crate::ui::frame::Readout;
use crate::ui::state::State;

/// View state of the Compare screen, kept across restarts.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CompareView {
    navigator: navigation::Navigator,
    #[serde(skip)]
    readout: Option<Readout>,
}

impl CompareView {
    /// Draws the screen into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut egui::Ui, _state: &State, _commands: &mut Commands) {
        ui.label("Compare");
    }

    /// Shows a case from now on; the screen asks for its analyses when it is drawn next.
    pub fn show_case(&mut self, case: CaseRef) {
        self.navigator.show(case);
    }

    /// The values under the cross-hair, for the status bar; `None` while it is off or outside.
    pub fn readout(&self) -> Option<&Readout> {
        self.readout.as_ref()
    }
}
