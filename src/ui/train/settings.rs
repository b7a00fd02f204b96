//! The settings of the next run: four at hand, the rest under "More".

use egui::{Align, Align2, CornerRadius, Layout, Rect, Response, Role, Sense, StrokeKind, TextEdit, Ui, UiBuilder};
use egui::{WidgetInfo, pos2, vec2};

use crate::domain::{
    Architecture, Augmentation, DevicePreference, FieldProblem, Loss, Preset, Region, Residual, Schedule,
    TrainingSettings,
};
use crate::engine::message::MachineInfo;
use crate::ui::icons;
use crate::ui::theme::{self, font, height, radius};
use crate::ui::train::axis;
use crate::ui::widgets::{Dropdown, NumberField, Segmented, glossary, menu_item, paint};

/// Height of a row and width of a field.
const ROW: f32 = 32.0;
const FIELD: f32 = 128.0;

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

/// The rows, over the settings they change.
struct Fields<'a> {
    settings: &'a mut TrainingSettings,
    problems: &'a [FieldProblem],
    machine: Option<&'a MachineInfo>,
}

/// A row for a number.
struct Number<'a> {
    /// In `TrainingSettings`, for its problem.
    field: &'static str,
    label: &'static str,
    unit: &'a str,
    tooltip: &'static str,
    step: f64,
    decimals: Option<usize>,
}

impl<'a> Number<'a> {
    fn whole(field: &'static str, label: &'static str, unit: &'a str, tooltip: &'static str) -> Self {
        Self { field, label, unit, tooltip, step: 1.0, decimals: Some(0) }
    }

    fn real(field: &'static str, label: &'static str, unit: &'a str, tooltip: &'static str, step: f64) -> Self {
        Self { field, label, unit, tooltip, step, decimals: None }
    }
}

fn term(name: &str) -> &'static str {
    glossary::define(name).unwrap_or("")
}

impl<'a> Fields<'a> {
    fn at_hand(&mut self, ui: &mut Ui) {
        let schedule = if self.settings.schedule == Schedule::OneCycle { "one-cycle" } else { "constant" };
        let clahe = if self.settings.preprocessing.clahe { "px, CLAHE" } else { "px" };
        whole(self, ui, &Number::whole("epochs", "Epochs", "", term("Epoch")), |s| &mut s.epochs);
        let rate = Number::real("learning_rate", "Learning rate", schedule, term("Learning rate"), 1e-4);
        self.real(ui, &rate, |s| &mut s.learning_rate);
        whole(self, ui, &Number::whole("batch_size", "Batch", "images", term("Batch")), |s| &mut s.batch_size);
        let tooltip = "Side of the square image that networks see. Larger shows more detail and takes longer.";
        let size = Number { step: 16.0, ..Number::whole("preprocessing", "Image size", clahe, tooltip) };
        whole(self, ui, &size, |s| &mut s.preprocessing.image_size);
    }

    fn others(&mut self, ui: &mut Ui) {
        group(ui, "Network");
        match self.settings.architecture {
            Architecture::Vit => self.transformer(ui),
            Architecture::Inpainter => self.inpainter(ui),
            Architecture::Restorer => self.channels(ui),
            _ => self.convolutional(ui),
        }
        group(ui, "Training");
        self.training(ui);
        group(ui, "Random changes to training images");
        self.augmentation(ui);
        group(ui, "Score");
        self.score(ui);
        ui.add_space(8.0);
    }

    fn convolutional(&mut self, ui: &mut Ui) {
        whole(self, ui, &Number::whole("latent", "Latent size", "numbers", term("Latent")), |s| &mut s.latent);
        self.channels(ui);
        match self.settings.architecture {
            Architecture::Vae | Architecture::BetaVae => {
                let tooltip = "Weight of the KL divergence against the squared error summed over the image's pixels. \
                               1 is the classical bound.";
                self.real(ui, &Number::real("kl_weight", "KL weight", "", tooltip, 0.01), |s| &mut s.kl_weight);
            }
            Architecture::Gan => self.adversarial(ui),
            Architecture::VqVae => self.codebook(ui),
            Architecture::Denoiser => {
                let tooltip = "Standard deviation of the coarse noise laid over training images; black to white is 1.";
                self.real(ui, &Number::real("noise", "Noise", "", tooltip, 0.05), |s| &mut s.noise);
            }
            _ => {}
        }
    }

    fn channels(&mut self, ui: &mut Ui) {
        let tooltip = "Channels after each halving of the image; the decoder mirrors them.";
        self.row(ui, "channels", "Channels", tooltip, |ui, fields| channels_ui(ui, &mut fields.settings.channels));
    }

    fn codebook(&mut self, ui: &mut Ui) {
        let tooltip = "Into how many tokens the latent numbers are cut; the latent size must be a multiple.";
        whole(self, ui, &Number::whole("tokens", "Tokens", "an image", tooltip), |s| &mut s.tokens);
        whole(self, ui, &Number::whole("codebook", "Codebook", "entries", term("Codebook")), |s| &mut s.codebook);
        let tooltip = "Weight of the distance between a token and its entry (0.25 in van den Oord et al.).";
        let number = Number::real("commitment_weight", "Commitment", "", tooltip, 0.05);
        self.real(ui, &number, |s| &mut s.commitment_weight);
    }

    fn inpainter(&mut self, ui: &mut Ui) {
        self.channels(ui);
        self.patch(ui);
        self.hidden_patches(ui);
    }

    fn patch(&mut self, ui: &mut Ui) {
        let number = Number::whole("patch", "Patch", "px", "Side of the squares an image is cut into.");
        whole(self, ui, &number, |s| &mut s.patch);
    }

    fn hidden_patches(&mut self, ui: &mut Ui) {
        let tooltip = "Share of the patches hidden from the encoder while training.";
        self.percent(ui, &Number::real("mask_share", "Hidden patches", "%", tooltip, 10.0), |s| &mut s.mask_share);
    }

    fn adversarial(&mut self, ui: &mut Ui) {
        let tooltip = "Weight of the mean squared error in the generator's loss (100 in Isola et al.).";
        let number = Number::real("reconstruction_weight", "Error weight", "", tooltip, 10.0);
        self.real(ui, &number, |s| &mut s.reconstruction_weight);
        let tooltip = "Weight of fooling the critic in the generator's loss.";
        let number = Number::real("adversarial_weight", "Critic weight", "", tooltip, 0.1);
        self.real(ui, &number, |s| &mut s.adversarial_weight);
        let tooltip = "Learning rate of the critic. Too high and the generator has no chance.";
        let number = Number::real("discriminator_learning_rate", "Critic's rate", "", tooltip, 1e-4);
        self.real(ui, &number, |s| &mut s.discriminator_learning_rate);
    }

    fn transformer(&mut self, ui: &mut Ui) {
        whole(self, ui, &Number::whole("latent", "Latent size", "numbers", term("Latent")), |s| &mut s.latent);
        self.patch(ui);
        let number =
            Number { step: 16.0, ..Number::whole("token_width", "Token width", "numbers", "Numbers a patch becomes.") };
        whole(self, ui, &number, |s| &mut s.token_width);
        let number = Number::whole("encoder_layers", "Encoder", "layers", "Transformer layers before the common code.");
        whole(self, ui, &number, |s| &mut s.encoder_layers);
        let tooltip = "Transformer layers after the common code. 0 leaves the code out: then patches must be hidden.";
        whole(self, ui, &Number::whole("decoder_layers", "Decoder", "layers", tooltip), |s| &mut s.decoder_layers);
        let number = Number::whole("heads", "Heads", "", "Kinds of attention side by side in every layer.");
        whole(self, ui, &number, |s| &mut s.heads);
        self.hidden_patches(ui);
    }

    fn training(&mut self, ui: &mut Ui) {
        if self.settings.architecture != Architecture::AeU {
            self.row(ui, "loss", "Loss", term("Loss"), |ui, fields| {
                let choices =
                    [(Loss::Mse, "Squared error"), (Loss::Ssim, "Structure (SSIM)"), (Loss::Perceptual, "Features")];
                choice_ui(ui, "Loss", &mut fields.settings.loss, &choices);
            });
        }
        self.row(ui, "schedule", "Schedule", term("One-cycle"), |ui, fields| {
            let choices = [(Schedule::OneCycle, "One-cycle"), (Schedule::Constant, "Constant")];
            choice_ui(ui, "Schedule", &mut fields.settings.schedule, &choices);
        });
        let tooltip = "Ends when the validation error has not fallen for so many epochs. 0 trains to the last epoch.";
        let patience = Number::whole("patience", "Patience", "epochs", tooltip);
        self.number(
            ui,
            &patience,
            |s| f64::from(s.patience.unwrap_or(0)),
            |s, value| s.patience = Some(value.max(0.0) as u32).filter(|epochs| *epochs > 0),
        );
        let tooltip = "Decides the first weights, the order of images and their changes: same seed, same run.";
        let seed = Number::whole("seed", "Seed", "", tooltip);
        self.number(ui, &seed, |s| s.seed as f64, |s, value| s.seed = value.max(0.0) as u64);
        self.row(ui, "device", "Device", device_tooltip(self.machine), |ui, fields| {
            let all = [
                (DevicePreference::Auto, "Automatic"),
                (DevicePreference::Cpu, "CPU"),
                (DevicePreference::Cuda, "CUDA"),
            ];
            // Without a graphics processor there is nothing to choose it for.
            let count = if fields.machine.is_some_and(|machine| machine.cuda) { 3 } else { 2 };
            choice_ui(ui, "Device", &mut fields.settings.device, &all[..count]);
        });
        self.row(ui, "clahe", "CLAHE", term("CLAHE"), |ui, fields| {
            on_off_ui(ui, "CLAHE", &mut fields.settings.preprocessing.clahe);
        });
    }

    fn augmentation(&mut self, ui: &mut Ui) {
        let number = Number::real("augmentation", "Shift", "% of side", "Greatest shift, in both directions.", 1.0);
        self.percent(ui, &number, |s| &mut s.augmentation.shift);
        let number = Number::real("augmentation", "Size", "± %", "Greatest change of size.", 1.0);
        self.percent(ui, &number, |s| &mut s.augmentation.scale);
        let number = Number::real("augmentation", "Rotation", "± degrees", "Greatest rotation.", 1.0);
        self.real(ui, &number, |s| &mut s.augmentation.rotate_degrees);
        let Augmentation { shift, scale, rotate_degrees } = &mut self.settings.augmentation;
        *shift = shift.clamp(0.0, 0.5);
        *scale = scale.clamp(0.0, 0.5);
        *rotate_degrees = rotate_degrees.clamp(0.0, 180.0);
    }

    fn score(&mut self, ui: &mut Ui) {
        let tooltip = "How input and rebuilt image are compared. Blurred and signed keeps what is consistently lighter or \
                       darker and drops edges.";
        self.row(ui, "score", "Difference", tooltip, |ui, fields| {
            let residual = &mut fields.settings.score.residual;
            let mut blurred = matches!(residual, Residual::BlurredSigned { .. });
            if choice_ui(ui, "Difference", &mut blurred, &[(true, "Blurred"), (false, "Squared")]) {
                *residual = if blurred { Residual::BlurredSigned { sigma: 0.0625 } } else { Residual::Squared };
            }
        });
        if let Residual::BlurredSigned { .. } = self.settings.score.residual {
            let tooltip = "Standard deviation of the blur, as a share of the image's side.";
            let number = Number::real("score", "Blur", "% of side", tooltip, 1.0);
            self.number(
                ui,
                &number,
                |s| match s.score.residual {
                    Residual::BlurredSigned { sigma } => shown_percent(sigma),
                    _ => 0.0,
                },
                |s, value| s.score.residual = Residual::BlurredSigned { sigma: (value / 100.0).clamp(0.001, 0.5) },
            );
        }
        let tooltip = "The part of the map that makes the score. The central 70 % leaves out the image's border; the lungs \
                       are found in frontal chest X-rays.";
        self.row(ui, "score", "Region", tooltip, |ui, fields| {
            let choices = Region::ALL.map(|region| (region, region.name()));
            choice_ui(ui, "Region", &mut fields.settings.score.region, &choices);
        });
        let tooltip = "The score is the least of nine shifts by this share of the side, so that position does not count. \
                       0 switches it off.";
        self.percent(ui, &Number::real("score", "Shifts", "% of side", tooltip, 1.0), |s| &mut s.score.jitter);
        self.settings.score.jitter = self.settings.score.jitter.clamp(0.0, 0.25);
    }

    fn real(&mut self, ui: &mut Ui, number: &Number<'_>, field: fn(&mut TrainingSettings) -> &mut f64) {
        let now = *field(self.settings);
        self.number(ui, number, |_| now, |settings, value| *field(settings) = value);
    }

    fn percent(&mut self, ui: &mut Ui, number: &Number<'_>, field: fn(&mut TrainingSettings) -> &mut f64) {
        let now = shown_percent(*field(self.settings));
        self.number(ui, number, |_| now, |settings, value| *field(settings) = value / 100.0);
    }

    fn number(
        &mut self,
        ui: &mut Ui,
        number: &Number<'_>,
        get: impl Fn(&TrainingSettings) -> f64,
        set: impl Fn(&mut TrainingSettings, f64),
    ) {
        let problem = self.problem(number.field);
        self.row(ui, number.field, number.label, number.tooltip, |ui, fields| {
            let mut value = get(fields.settings);
            let field = NumberField::new(number.label, &mut value)
                .unit(number.unit)
                .width(FIELD)
                .step(number.step)
                .decimals(number.decimals)
                .scientific_below(1e-3)
                .problem(problem);
            if ui.add(field).changed() {
                set(fields.settings, value);
            }
        });
    }

    fn problem(&self, field: &str) -> Option<&'a str> {
        let problems = self.problems;
        problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
    }

    /// A label at the left, a control at the right, and under both what is wrong.
    fn row(
        &mut self,
        ui: &mut Ui,
        field: &'static str,
        label: &str,
        tooltip: &str,
        control: impl FnOnce(&mut Ui, &mut Self),
    ) {
        let theme = theme::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
        let place = Rect::from_min_max(rect.min, pos2(rect.right() - FIELD - 8.0, rect.bottom()));
        paint::line(ui, place, label, font::body(), theme.secondary);
        let hover = ui.interact(place, ui.scope_id().with(("label", label)), Sense::hover());
        if !tooltip.is_empty() {
            hover.on_hover_text(tooltip);
        }
        let place = Rect::from_min_max(pos2(rect.right() - FIELD, rect.top()), rect.max);
        let builder = UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center)).id_salt(label);
        let mut child = ui.new_child(builder);
        control(&mut child, self);
        let problems = self.problems;
        for problem in problems.iter().filter(|problem| problem.field == field && leads(field, label)) {
            problem_ui(ui, &problem.message);
        }
    }
}

/// Several rows share a field of the settings; its problems stand under one of them.
fn leads(field: &str, label: &str) -> bool {
    match field {
        "augmentation" => label == "Shift",
        "score" => label == "Difference",
        _ => true,
    }
}

fn problem_ui(ui: &mut Ui, message: &str) {
    let theme = theme::of(ui);
    let width = ui.available_width();
    let galley = paint::wrapped(ui, message, font::caption(), theme.bad, width - 18.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, galley.size().y + 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, message));
    paint::icon(ui.painter(), rect.left_top() + vec2(6.0, 7.0), icons::WARNING_CIRCLE, 13.0, theme.bad);
    ui.painter().galley(rect.min + vec2(18.0, 0.0), galley, theme.bad);
}

/// Without the noise of binary fractions: 5, not 5.000000000000001.
fn shown_percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

/// A row for a whole number.
fn whole(fields: &mut Fields<'_>, ui: &mut Ui, number: &Number<'_>, field: fn(&mut TrainingSettings) -> &mut u32) {
    let now = f64::from(*field(fields.settings));
    let set = |settings: &mut TrainingSettings, value: f64| {
        *field(settings) = value.round().clamp(0.0, f64::from(u32::MAX)) as u32;
    };
    fields.number(ui, number, |_| now, set);
}

fn group(ui: &mut Ui, name: &str) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    let at = rect.left_bottom() - vec2(0.0, 6.0);
    paint::text(ui.painter(), at, Align2::LEFT_BOTTOM, name, font::caption_strong(), theme.text);
}

fn device_tooltip(machine: Option<&MachineInfo>) -> &str {
    match machine {
        Some(machine) if !machine.cuda => machine.cuda_reason.as_deref().unwrap_or("No graphics processor was found."),
        _ => "Automatic takes the graphics processor where there is one.",
    }
}

/// One of a few, in a menu; true when another was chosen.
fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, choices: &[(T, &str)]) -> bool {
    let now = choices.iter().find(|(choice, _)| choice == value).map_or("–", |(_, label)| *label);
    let before = *value;
    Dropdown::new(name, now).width(FIELD).show(ui, |ui| {
        for (choice, label) in choices {
            if menu_item(ui, label, "", None, choice == value).clicked() {
                *value = *choice;
            }
        }
    });
    *value != before
}

fn on_off_ui(ui: &mut Ui, name: &str, value: &mut bool) {
    Segmented::new(name).option(true, "On").option(false, "Off").width(FIELD).show(ui, value);
}

/// A list of whole numbers, typed with commas; what cannot be read is put back.
fn channels_ui(ui: &mut Ui, channels: &mut Vec<u32>) {
    let theme = theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(FIELD, height::CONTROL), Sense::hover());
    let id = ui.scope_id().with("channels");
    let typed: Option<String> = ui.data(|data| data.get_temp(id));
    let mut text = typed.clone().unwrap_or_else(|| written(channels));
    let background = ui.painter().add(egui::Shape::Noop);
    let edit = TextEdit::singleline(&mut text)
        .id(id.with("edit"))
        .frame(egui::Frame::NONE)
        .font(font::body())
        .align(Align2::LEFT_CENTER);
    let response = ui.put(rect.shrink2(vec2(9.0, 0.0)), edit);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::TextInput, ui.is_enabled(), "Channels");
        info.current_text_value = Some(text.clone());
        info
    });
    if response.has_focus() {
        if let Some(read) = read_channels(&text) {
            *channels = read;
        }
        ui.data_mut(|data| data.insert_temp(id, text));
    } else if typed.is_some() {
        ui.data_mut(|data| data.remove_temp::<String>(id));
    }
    let edge = if response.has_focus() { theme.focus_stroke() } else { theme.border_stroke() };
    let corner = CornerRadius::same(radius::CONTROL);
    ui.painter().set(background, egui::epaint::RectShape::new(rect, corner, theme.well, edge, StrokeKind::Inside));
}

fn written(channels: &[u32]) -> String {
    channels.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// "16, 32, 64" or "16 32 64".
fn read_channels(text: &str) -> Option<Vec<u32>> {
    let parts = text.split([',', ' ', ';']).filter(|part| !part.is_empty());
    let channels: Vec<u32> = parts.map(str::parse).collect::<Result<_, _>>().ok()?;
    (!channels.is_empty()).then_some(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_read_as_people_write_them() {
        assert_eq!(read_channels("16, 32,64"), Some(vec![16, 32, 64]));
        assert_eq!(read_channels(" 8 16 "), Some(vec![8, 16]));
        assert_eq!(read_channels("16, x"), None);
        assert_eq!(read_channels(""), None);
        assert_eq!(written(&[16, 32]), "16, 32");
    }

    #[test]
    fn the_folded_rest_is_told_in_short() {
        let settings = |architecture| TrainingSettings::preset(architecture, Preset::Recommended);
        assert_eq!(summary(&settings(Architecture::Vae)), "KL 0.0256 · seed 7 · 14 others");
        assert!(summary(&settings(Architecture::Vit)).starts_with("patch 8 · seed 7"));
    }

    #[test]
    fn shares_are_shown_without_noise() {
        assert_eq!(shown_percent(0.05), 5.0);
        assert_eq!(shown_percent(0.031_25), 3.125);
    }
}
