//! The card at the right: images decoded from codes on a walk, drawn by chance, or between two patients.

use std::sync::Arc;

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use serde::{Deserialize, Serialize};

use super::decoding::Decoding;
use super::draw::Draws;
use super::pair::Pair;
use super::prepared::Prepared;
use super::walk::Walk;
use crate::domain::Plane;
use crate::ui::command::Commands;
use crate::ui::state::State;
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font, space};
use crate::ui::widgets::{Card, Segmented, paint, paint_image, paint_plate};

/// Stands on every decoded image that is large enough.
const NOT_A_PATIENT: &str = "decoded from a code, not a patient";
const WHOLE: Rect = Rect { min: egui::Pos2::ZERO, max: egui::pos2(1.0, 1.0) };

/// What is decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tab {
    #[default]
    Walk,
    Sample,
    Interpolate,
}

/// What the plot shows of the codes that are decoded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// A straight line between two codes.
    pub way: Option<[Vec<f32>; 2]>,
    /// Codes and what stands beside them.
    pub marks: Vec<(Vec<f32>, String)>,
}

/// A decoded image, or the last one while the newest is on its way, or why there is none.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub image: Option<&'a Arc<Plane>>,
    pub failure: Option<&'a str>,
}

/// State of the card.
#[derive(Default)]
pub struct Generator {
    pub walk: Walk,
    pub draws: Draws,
    pub pair: Pair,
    decoding: Decoding,
    /// What the large image showed last.
    last: Option<Arc<Plane>>,
}

impl Generator {
    /// Begins anew on a new latent space, takes in answers, and asks for what the card shows.
    pub fn prepare(
        &mut self,
        prepared: &Prepared,
        fresh: bool,
        tab: Tab,
        ui: &Ui,
        state: &State,
        commands: &mut Commands,
    ) {
        let map = &prepared.map;
        self.decoding.begin(&map.model, fresh, state);
        if fresh {
            self.last = None;
            self.walk = Walk::default();
            self.draws.restart();
            self.pair = Pair::of(prepared);
        }
        let wanted = match tab {
            Tab::Walk => vec![self.walk.code(&map.pca)],
            Tab::Sample => self.draws.codes(map).to_vec(),
            Tab::Interpolate => self.pair.codes(map),
        };
        self.decoding.want(&wanted, ui.input(|input| input.time), commands);
        if tab != Tab::Sample
            && let Some(image) = wanted.first().and_then(|code| self.decoding.image(code))
        {
            self.last = Some(image);
        }
    }

    /// What the plot shows of it.
    pub fn trace(&mut self, prepared: &Prepared, tab: Tab) -> Trace {
        match tab {
            Tab::Walk => self.walk.trace(&prepared.map.pca),
            Tab::Sample => self.draws.trace(&prepared.map),
            Tab::Interpolate => self.pair.trace(&prepared.map),
        }
    }

    /// Draws the card.
    pub fn ui(&mut self, ui: &mut Ui, card: Rect, prepared: &Prepared, tab: &mut Tab, state: &State) {
        Card::new(card).show(ui, |ui| {
            let before = *tab;
            Segmented::new("Decode")
                .option(Tab::Walk, "Walk")
                .tooltip("Along the principal components, from the mean of the training codes.")
                .option(Tab::Sample, "Sample")
                .tooltip("Codes drawn by chance.")
                .option(Tab::Interpolate, "Interpolate")
                .tooltip("In a straight line from the code of one patient to that of another.")
                .width(ui.available_width())
                .show(ui, tab);
            if *tab != before {
                self.last = None;
                ui.ctx().request_repaint();
            }
            ui.add_space(space::XS);
            let failure = self.decoding.failure().map(|failure| failure.message.as_str());
            let shown = Shown { image: self.last.as_ref(), failure };
            match before {
                Tab::Walk => self.walk.ui(ui, prepared, shown),
                Tab::Sample => self.draws.ui(ui, prepared, &self.decoding),
                Tab::Interpolate => self.pair.ui(ui, prepared, shown, &self.decoding, state),
            }
        });
    }
}

/// The large image in the middle of the width, with what it is.
pub fn decoded(ui: &mut Ui, name: &str, shown: Shown<'_>, side: f32) {
    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), side), Sense::hover());
    let place = Rect::from_center_size(row.center(), vec2(side, side));
    paint_decoded(ui, place, name, shown.image, "");
    paint_plate(ui, place.left_bottom() + vec2(6.0, -6.0), Align2::LEFT_BOTTOM, NOT_A_PATIENT);
    if let Some(failure) = shown.failure {
        paint_plate(ui, place.left_top() + vec2(6.0, 6.0), Align2::LEFT_TOP, failure);
    }
}

/// A decoded image at an exact place, with a number or letter in its corner.
pub fn paint_decoded(ui: &Ui, place: Rect, name: &str, image: Option<&Arc<Plane>>, label: &str) {
    let response = ui.interact(place, ui.scope_id().with(("decoded", name)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{name}, {NOT_A_PATIENT}")));
    let theme = theme::of(ui);
    ui.painter().rect_filled(place, CornerRadius::ZERO, theme.image_well);
    match image {
        Some(image) => {
            let texture = textures::texture(ui.ctx(), &Source::Plane(image.clone()), &Render::gray());
            paint_image(ui.painter(), place, texture, WHOLE, egui::Color32::WHITE);
        }
        None => {
            paint::text(ui.painter(), place.center(), Align2::CENTER_CENTER, "…", font::body(), theme.on_plate);
        }
    }
    if !label.is_empty() {
        paint_plate(ui, place.min + vec2(4.0, 4.0), Align2::LEFT_TOP, label);
    }
    response.on_hover_text(NOT_A_PATIENT);
}
