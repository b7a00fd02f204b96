//! The keys of this screen.

use egui::{Key, Modifiers, Popup, Ui};

use super::CompareView;
use crate::ui::command::Commands;
use crate::ui::state::State;

impl CompareView {
    /// Carries out the keys pressed in this frame, unless they are meant for a field, a menu or a dialog.
    pub(super) fn keys(&mut self, ui: &Ui, state: &State, commands: &mut Commands) {
        if !ui.is_enabled() || ui.ctx().text_edit_focused() || Popup::is_any_open(ui.ctx()) {
            return;
        }
        let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let display = &mut self.display;
        display.adjust_window ^= pressed(Key::W);
        display.invert ^= pressed(Key::I);
        display.crosshair ^= pressed(Key::H);
        if pressed(Key::G) {
            display.toggle_overlay();
        }
        if pressed(Key::B) && display.show.compares_with_input() {
            display.set_blink(!display.blink);
        }
        if pressed(Key::L) {
            display.linked = !display.linked;
            self.views.link(self.display.linked);
        }
        if pressed(Key::R) {
            self.reset();
        }
        if self.live.maximised.is_some() && pressed(Key::Escape) {
            self.live.maximised = None;
        }
        // Arrows move a slider or the focus when something has it.
        if ui.memory(|memory| memory.focused().is_none()) {
            for (key, forward) in [(Key::ArrowRight, true), (Key::ArrowLeft, false)] {
                if pressed(key) {
                    self.navigator.step(forward);
                }
            }
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::E)) {
            self.export(state, commands);
        }
    }
}
