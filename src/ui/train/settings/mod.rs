//! The settings of the next run: four at hand, the rest under "More".

mod controls;
mod fields;
mod rows;

use egui::{Align2, CornerRadius, Response, Role, Sense, StrokeKind, Ui, WidgetInfo, vec2};

use self::fields::Fields;
use crate::domain::{Architecture, Preset, TrainingSettings};
use crate::engine::message::MachineInfo;
use crate::ui::icons;
use crate::ui::theme::{self, font};
use crate::ui::train::axis;
use crate::ui::widgets::{Segmented, paint};

/// Draws presets and fields; gives the settings as changed, or the preset that was chosen.
pub struct SettingsPane<'a> {
    pub machine: Option<&'a MachineInfo>,
    /// Settings of what runs: shown, not changed.
    pub locked: bool,
}

/// What was done to the settings.
#[derive(Debug, PartialEq)]
pub enum Change {
    Preset(Preset),
    Edited(Box<TrainingSettings>),
}

impl SettingsPane<'_> {
    pub fn ui(&self, ui: &mut Ui, settings: &TrainingSettings, more: &mut bool) -> Option<Change> {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut preset = settings.preset;
        let mut edited = settings.clone();
        let problems = settings.validate();
        let mut fields = Fields { settings: &mut edited, problems: &problems, machine: self.machine };
        let chosen = self.unlocked(ui, |ui| {
            Segmented::new("Preset")
                .option(Preset::Recommended, "Recommended")
                .tooltip("Autoencoder, VAE, GAN and ViT: chosen on held-out healthy images against diseased ones of the training folder. The others: first settings, not yet chosen on anything.")
                .option(Preset::NeuroscanPro, "NeuroScan Pro")
                .tooltip("Settings and score of the system this replaces, to show the difference.")
                .option(Preset::Custom, "Custom")
                .tooltip("As you set it.")
                .width(ui.available_width())
                .show(ui, &mut preset)
                .changed()
        });
        ui.add_space(8.0);
        self.unlocked(ui, |ui| fields.at_hand(ui));
        ui.add_space(8.0);
        let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
        ui.painter().hline(line.x_range(), line.center().y, theme::of(ui).hairline_stroke());
        if more_ui(ui, settings, *more).clicked() {
            *more = !*more;
        }
        if *more {
            self.unlocked(ui, |ui| fields.others(ui));
        }
        if chosen {
            return Some(Change::Preset(preset));
        }
        (edited != *settings).then(|| Change::Edited(Box::new(edited)))
    }

    /// What is locked is not faded: it is what is being trained with.
    fn unlocked<R>(&self, ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
        ui.scope(|ui| {
            ui.visuals_mut().disabled_alpha = 0.85;
            if self.locked {
                ui.disable();
            }
            content(ui)
        })
        .inner
    }
}

/// The row that unfolds the rest; folded it tells the most important of it.
fn more_ui(ui: &mut Ui, settings: &TrainingSettings, open: bool) -> Response {
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open, "More settings"));
    let ink = if response.hovered() || response.has_focus() { theme.text } else { theme.secondary };
    let caret = if open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
    paint::icon(ui.painter(), rect.left_center() + vec2(6.0, 0.0), caret, 12.0, ink);
    let at = rect.left_center() + vec2(18.0, 0.0);
    paint::text(ui.painter(), at, Align2::LEFT_CENTER, "More", font::body(), ink);
    if !open {
        let at = rect.right_center();
        let words = summary(settings);
        paint::text(ui.painter(), at, Align2::RIGHT_CENTER, words, font::sized(12.0, false), theme.secondary);
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, CornerRadius::same(3), theme.focus_stroke(), StrokeKind::Inside);
    }
    response
}

/// "KL 0.0256 · seed 7 · 12 others".
fn summary(settings: &TrainingSettings) -> String {
    let first = match settings.architecture {
        Architecture::Autoencoder | Architecture::AeU => format!("latent {}", settings.latent),
        Architecture::Vae | Architecture::BetaVae => format!("KL {}", axis::number(settings.kl_weight)),
        Architecture::Gan => format!("critic {}", axis::number(settings.adversarial_weight)),
        Architecture::Vit | Architecture::Inpainter => format!("patch {}", settings.patch),
        Architecture::VqVae => format!("codebook {}", settings.codebook),
        Architecture::Denoiser => format!("noise {}", axis::number(settings.noise)),
        Architecture::Restorer => format!("{} stages", settings.channels.len()),
    };
    let shared = if settings.architecture == Architecture::AeU { 12 } else { 13 };
    let own = match settings.architecture {
        Architecture::Autoencoder | Architecture::AeU => 2,
        Architecture::Vae | Architecture::BetaVae | Architecture::Denoiser | Architecture::Inpainter => 3,
        Architecture::Gan | Architecture::VqVae => 5,
        Architecture::Vit => 7,
        Architecture::Restorer => 1,
    };
    format!("{first} · seed {} · {} others", settings.seed, shared + own - 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folded_rest_is_told_in_short() {
        let settings = |architecture| TrainingSettings::preset(architecture, Preset::Recommended);
        assert_eq!(summary(&settings(Architecture::Vae)), "KL 0.0256 · seed 7 · 14 others");
        assert!(summary(&settings(Architecture::Vit)).starts_with("patch 8 · seed 7"));
    }
}
