//! Painting synthetic lesions onto the input: what every model makes of one shows at once. Nothing painted enters any
//! statistic: it is a case of its own.

use egui::{Align, Layout, Pos2, Rect, ScrollArea, Ui, UiBuilder, scroll_area::ScrollBarVisibility, vec2};
use serde::{Deserialize, Serialize};

use super::toolbar::{label, separator};
use crate::domain::{CaseRef, Lesion, LesionKind, Permille};
use crate::ui::icons;
use crate::ui::state::State;
use crate::ui::theme::{self, font};
use crate::ui::widgets::{Button, IconButton, Segmented, Slider, paint};

/// Of the row of controls under the toolbar.
pub const HEIGHT: f32 = 44.0;

/// Stands on every image that has one.
pub const BADGE: &str = "Synthetic lesion";

const SIZES: std::ops::RangeInclusive<f32> = 0.03..=0.45;

/// What is painted, onto which case, and what the next click paints.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub struct LesionTool {
    #[serde(skip)]
    on: bool,
    #[serde(skip)]
    kind: LesionKind,
    #[serde(skip)]
    size: f32,
    #[serde(skip)]
    contrast: f32,
    /// The border of the mask is drawn over maps.
    outline: bool,
    /// The first below; of this case only.
    #[serde(skip)]
    placed: Vec<Lesion>,
    #[serde(skip)]
    case: Option<CaseRef>,
    /// Sample numbers mean other images in another data set.
    #[serde(skip)]
    data: Option<String>,
    #[serde(skip)]
    next_seed: u32,
}

impl Default for LesionTool {
    fn default() -> Self {
        let kind = LesionKind::Consolidation;
        Self {
            on: false,
            kind,
            size: kind.usual_size().share(),
            contrast: kind.usual_contrast().share(),
            outline: true,
            placed: Vec::new(),
            case: None,
            data: None,
            next_seed: 1,
        }
    }
}

impl LesionTool {
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Off shows the case as it is; on again, with its lesions.
    pub fn toggle(&mut self) {
        self.on = !self.on;
    }

    pub fn shows_outline(&self) -> bool {
        self.on && self.outline
    }

    /// Forgets what was painted onto another case than the one in sight.
    pub fn sync(&mut self, state: &State, current: Option<&CaseRef>) {
        let data = state.data.as_ref().map(|data| data.fingerprint.as_str());
        if self.data.as_deref() != data || self.case.as_ref() != current {
            self.data = data.map(str::to_owned);
            self.case = current.cloned();
            self.placed.clear();
        }
    }

    /// The case in sight, with what is painted onto it.
    pub fn painted(&self, case: &CaseRef) -> CaseRef {
        if self.on && self.case.as_ref() == Some(case) { case.painted(&self.placed) } else { case.clone() }
    }

    /// Puts a lesion there, in shares of the image.
    pub fn place(&mut self, point: Pos2) {
        let [x, y] = [point.x, point.y].map(Permille::of);
        let seed = self.next_seed;
        self.next_seed = self.next_seed.wrapping_add(1);
        self.placed.push(Lesion {
            kind: self.kind,
            x,
            y,
            size: Permille::of(self.size),
            contrast: Permille::of(self.contrast),
            seed,
        });
    }

    /// Takes the last lesion away.
    pub fn undo(&mut self) {
        self.placed.pop();
    }

    /// The last lesion follows the controls.
    fn change_last(&mut self) {
        let (kind, size, contrast) = (self.kind, Permille::of(self.size), Permille::of(self.contrast));
        if let Some(last) = self.placed.last_mut() {
            *last = Lesion { kind, size, contrast, ..*last };
        }
    }

    /// Draws the controls under the toolbar.
    pub fn ui(&mut self, ui: &mut Ui, rect: Rect) {
        let theme = theme::of(ui);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline_stroke());
        let inner = rect.shrink2(vec2(theme::space::SCREEN, 0.0));
        ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)), |ui| {
            // In a narrow window the row scrolls.
            let area = ScrollArea::horizontal().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
            area.id_salt("lesion").show(ui, |ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                self.kind_and_strength(ui);
                separator(ui);
                self.actions(ui);
                separator(ui);
                let words = if self.placed.is_empty() {
                    "Click the input to place a lesion."
                } else {
                    "The controls change the last lesion."
                };
                label(ui, words, paint::width(ui, words, font::caption()), theme.secondary);
            });
        });
    }

    fn kind_and_strength(&mut self, ui: &mut Ui) {
        let mut kind = self.kind;
        let mut segments = Segmented::new("Kind of lesion");
        for option in LesionKind::ALL {
            segments = segments.option(option, option.name());
        }
        if segments.show(ui, &mut kind).changed() {
            self.kind = kind;
            self.size = kind.usual_size().share();
            self.contrast = kind.usual_contrast().share();
            self.change_last();
        }
        separator(ui);
        let size = slider(ui, ["Size", "Size of the lesion, of the shorter side"], &mut self.size, SIZES);
        let contrast = slider(ui, ["Contrast", "Contrast of the lesion"], &mut self.contrast, 0.0..=1.0);
        if size || contrast {
            self.change_last();
        }
    }

    fn actions(&mut self, ui: &mut Ui) {
        let outline = Button::secondary("Outline").name("Outline of the lesion over maps").selected(self.outline);
        if ui.add(outline).on_hover_text("Draw the border of the lesion over the maps").clicked() {
            self.outline = !self.outline;
        }
        ui.spacing_mut().item_spacing.x = 4.0;
        let some = !self.placed.is_empty();
        let undo = IconButton::new(icons::ARROW_COUNTER_CLOCKWISE, "Take the last lesion away").key("Ctrl+Z");
        if ui.add_enabled(some, undo).clicked() {
            self.undo();
        }
        if ui.add_enabled(some, IconButton::new(icons::TRASH, "Take all lesions away")).clicked() {
            self.placed.clear();
        }
        ui.spacing_mut().item_spacing.x = 10.0;
    }
}

/// A slider with its words before and its value behind; true when it was moved.
fn slider(ui: &mut Ui, [word, name]: [&str; 2], value: &mut f32, range: std::ops::RangeInclusive<f32>) -> bool {
    let ink = theme::of(ui).secondary;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        label(ui, word, paint::width(ui, word, font::caption()), ink);
        let changed = ui.add(Slider::new(name, value, range).step(0.01).width(90.0)).changed();
        let percent = format!("{:.0}\u{2009}%", *value * 100.0);
        label(ui, &percent, paint::width(ui, "100\u{2009}%", font::body()), ink);
        changed
    })
    .inner
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;
    use crate::domain::SampleId;

    #[test]
    fn lesions_belong_to_one_case_of_one_data_set() {
        let state = State::default();
        let (case, other) = (CaseRef::Sample(SampleId(1)), CaseRef::Sample(SampleId(2)));
        let mut tool = LesionTool::default();
        tool.sync(&state, Some(&case));
        tool.place(pos2(0.3, 0.4));
        assert_eq!(tool.painted(&case), case, "off");
        tool.toggle();
        assert_eq!(tool.painted(&case).lesions().len(), 1);
        assert_eq!(tool.painted(&other), other);
        tool.sync(&state, Some(&other));
        tool.sync(&state, Some(&case));
        assert_eq!(tool.painted(&case), case);
    }

    #[test]
    fn undo_takes_the_last_and_no_more_than_there_are() {
        let mut tool = LesionTool::default();
        let case = CaseRef::Sample(SampleId(1));
        tool.sync(&State::default(), Some(&case));
        tool.toggle();
        tool.place(pos2(0.3, 0.4));
        tool.place(pos2(-5.0, f32::NAN));
        assert_eq!(tool.painted(&case).lesions()[1].x, Permille::of(0.0));
        for _ in 0..3 {
            tool.undo();
        }
        assert_eq!(tool.painted(&case), case);
    }
}
