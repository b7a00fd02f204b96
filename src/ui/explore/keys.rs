//! The keys of this screen.

use egui::{Key, Modifiers, Popup, Ui, vec2};

use super::ExploreView;
use super::prepared::Prepared;

/// Points of the screen that an arrow key moves or turns by.
const STEP: f32 = 24.0;

/// Carries out the keys pressed in this frame, unless they are meant for a field, a menu or a dialog.
pub fn read(ui: &Ui, explore: &mut ExploreView, prepared: &Prepared) {
    if !ui.is_enabled() || ui.ctx().text_edit_focused() || Popup::is_any_open(ui.ctx()) {
        return;
    }
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    explore.in_space ^= pressed(Key::D);
    explore.view.in_space = explore.in_space;
    if pressed(Key::C) {
        explore.color_by = explore.color_by.next();
    }
    if pressed(Key::R) {
        explore.view.reset();
    }
    let Some(camera) = explore.plot.camera(explore.view, prepared, explore.axes) else { return };
    for (keys, factor) in [([Key::Plus, Key::Equals], 1.25), ([Key::Minus, Key::Minus], 0.8)] {
        if keys.into_iter().any(pressed) {
            explore.view.magnify(factor, camera.rect.center(), &camera);
        }
    }
    // Arrows move a slider or the focus when something else has it.
    if ui.memory(|memory| memory.focused().is_none_or(|id| id == explore.plot.id(ui))) {
        let presses = |key: Key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key)) as f32;
        let right = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        let down = presses(Key::ArrowDown) - presses(Key::ArrowUp);
        // The plane moves under the window, the space turns with the hand.
        let hand = if explore.in_space { 1.0 } else { -1.0 };
        if right != 0.0 || down != 0.0 {
            explore.view.drag(hand * STEP * vec2(right, down), &camera);
        }
    }
}
