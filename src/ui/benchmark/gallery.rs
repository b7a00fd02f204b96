//! What the galleries of the screen have in common: a row of pictures.

use std::ops::Range;

use egui::{AsIdSalt, Rect, ScrollArea, Ui, UiBuilder, Vec2, vec2};

/// Square pictures in a row that scrolls sideways; only those in view are laid out.
#[derive(Clone, Copy, Debug)]
pub struct Strip {
    pub place: Rect,
    pub count: usize,
    pub side: f32,
    /// From one picture to the next.
    pub pitch: f32,
}

impl Strip {
    /// Draws each picture in view into its place; gives which are.
    pub fn show(self, ui: &mut Ui, salt: impl AsIdSalt, mut picture: impl FnMut(&Ui, Rect, usize)) -> Range<usize> {
        let Self { place, count, side, pitch } = self;
        let mut visible = 0..0;
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
            ui.style_mut().always_scroll_the_only_direction = true;
            let area = ScrollArea::horizontal().id_salt(salt).auto_shrink([false, false]);
            area.show_viewport(ui, |ui, viewport| {
                ui.set_width(count as f32 * pitch - (pitch - side));
                ui.set_height(place.height());
                let first = ((viewport.left() / pitch).max(0.0) as usize).min(count);
                let last = ((viewport.right() / pitch).ceil().max(0.0) as usize).min(count);
                let origin = ui.max_rect().min;
                visible = first..last;
                for index in visible.clone() {
                    let at = origin + vec2(index as f32 * pitch, 0.0);
                    picture(ui, Rect::from_min_size(at, Vec2::splat(side)), index);
                }
            });
        });
        visible
    }
}
