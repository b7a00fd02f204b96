//! Choosing the cases to watch.

use egui::{Align, Layout, Popup, PopupCloseBehavior, Response, Ui, vec2};

use super::Film;
use super::cases::{thumbnail, thumbnail_ui};
use super::rows::Row;
use crate::domain::{CaseRef, Label, SampleId};
use crate::ui::state::State;
use crate::ui::theme::{self, font};
use crate::ui::train::facts::Facts;
use crate::ui::train::pins;
use crate::ui::widgets::{Cell, Segmented, ThumbnailGrid};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PickerShows {
    #[default]
    Diseased,
    Healthy,
}

impl Film {
    pub(super) fn picker_ui(
        &mut self,
        button: &Response,
        active: bool,
        facts: Option<&Facts>,
        state: &State,
        wanted: &mut Vec<SampleId>,
    ) {
        let Some(facts) = facts else { return };
        let behavior = PopupCloseBehavior::CloseOnClickOutside;
        Popup::menu(button).close_behavior(behavior).gap(6.0).width(330.0).show(|ui| {
            ui.set_min_size(vec2(318.0, 320.0));
            let theme = theme::of(ui);
            let count = self.pins.of(facts).len();
            ui.horizontal(|ui| {
                ui.label(egui::RichText::new(format!("{count} of {} watched", pins::MOST)).font(font::body_strong()));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    Segmented::new("Cases")
                        .option_with_mark(PickerShows::Diseased, "Diseased", Label::Diseased)
                        .option_with_mark(PickerShows::Healthy, "Healthy", Label::Healthy)
                        .compact()
                        .show(ui, &mut self.picker_shows);
                });
            });
            let note = if active {
                "What runs keeps its cases; a choice made now holds for the next run."
            } else {
                "None of these is trained on, and none is of the test set."
            };
            ui.label(egui::RichText::new(note).font(font::caption()).color(theme.secondary));
            wanted.extend(self.pins.of(facts));
            self.pinned_ui(ui, facts, state);
            let label = match self.picker_shows {
                PickerShows::Diseased => Label::Diseased,
                PickerShows::Healthy => Label::Healthy,
            };
            self.grid_ui(ui, facts, &pins::candidates(&facts.data, label), state, wanted);
        });
    }

    /// The cases that are watched; a click lets one go.
    fn pinned_ui(&mut self, ui: &mut Ui, facts: &Facts, state: &State) {
        let mut let_go = None;
        ui.horizontal(|ui| {
            ui.set_min_height(28.0);
            for id in self.pins.of(facts) {
                let row = Row::new(CaseRef::Sample(*id), Vec::new(), state);
                if thumbnail_ui(ui, &row, "Stop watching", false, state).clicked() {
                    let_go = Some(*id);
                }
            }
        });
        if let Some(id) = let_go {
            self.pins.toggle(facts, id);
        }
    }

    fn grid_ui(&mut self, ui: &mut Ui, facts: &Facts, ids: &[SampleId], state: &State, wanted: &mut Vec<SampleId>) {
        let pinned = self.pins.of(facts).to_vec();
        let grid = ThumbnailGrid::new(ids.len()).side(56.0);
        let response = grid.show(ui, |ui, index| {
            let id = ids[index];
            let sample = facts.data.sample(id);
            Cell {
                name: sample.map_or_else(String::new, |sample| sample.stem().to_owned()),
                texture: thumbnail(ui, id, state),
                mark: sample.and_then(|sample| sample.label),
                badge: None,
                selected: pinned.contains(&id),
            }
        });
        wanted.extend(response.visible.filter_map(|index| ids.get(index).copied()));
        if let Some(id) = response.clicked.and_then(|index| ids.get(index)) {
            self.pins.toggle(facts, *id);
        }
    }
}
