//! The keys of this screen.

use egui::{Key, Modifiers, Popup, Pos2, Rect, Ui, pos2};

use super::CompareView;
use crate::ui::command::Commands;
use crate::ui::state::State;

impl CompareView {
    /// Magnifies around the crosshair, else around the middle.
    fn magnify(&mut self, factor: f32) {
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        let cross = self.live.cross.filter(|_| self.display.crosshair);
        let (linked, pane) = (self.display.linked, cross.map_or(0, |cross| cross.pane));
        let mut view = self.views.get(linked, pane);
        let point = cross.map_or(whole.center(), |cross| view.to_screen(whole, 1.0, cross.point));
        view.zoom_at(whole, 1.0, point.clamp(whole.min, whole.max), factor);
        self.views.set(linked, pane, view);
    }

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
        display.lungs ^= pressed(Key::O);
        if pressed(Key::G) {
            display.toggle_overlay();
        }
        if pressed(Key::B) && display.show.compares_with_input() {
            display.set_blink(!display.blink);
        }
        if pressed(Key::P) {
            self.lesion.toggle();
        }
        if self.lesion.is_on() && ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Z)) {
            self.lesion.undo();
        }
        if pressed(Key::L) {
            display.linked = !display.linked;
            self.views.link(self.display.linked);
        }
        for (keys, factor) in [([Key::Plus, Key::Equals], 1.25), ([Key::Minus, Key::Minus], 0.8)] {
            if keys.into_iter().any(pressed) {
                self.magnify(factor);
            }
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
