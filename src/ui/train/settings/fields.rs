//! The fields of every architecture, in rows over the settings they change.

use egui::Ui;

use super::controls::{channels_ui, choice_ui, group_ui, on_off_ui};
use super::rows::{Number, shown_percent, whole};
use crate::domain::{
    Architecture, Augmentation, DevicePreference, FieldProblem, Loss, Region, Residual, Schedule, TrainingSettings,
};
use crate::engine::message::MachineInfo;
use crate::ui::widgets::glossary;

/// The rows, over the settings they change.
pub struct Fields<'a> {
    pub settings: &'a mut TrainingSettings,
    pub problems: &'a [FieldProblem],
    pub machine: Option<&'a MachineInfo>,
}

fn term(name: &str) -> &'static str {
    glossary::define(name).unwrap_or("")
}

impl Fields<'_> {
    /// What is changed most.
    pub fn at_hand(&mut self, ui: &mut Ui) {
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

    /// What stands under "More".
    pub fn others(&mut self, ui: &mut Ui) {
        group_ui(ui, "Network");
        match self.settings.architecture {
            Architecture::Vit => self.transformer(ui),
            Architecture::Inpainter => self.inpainter(ui),
            Architecture::Restorer => self.channels(ui),
            _ => self.convolutional(ui),
        }
        group_ui(ui, "Training");
        self.training(ui);
        group_ui(ui, "Random changes to training images");
        self.augmentation(ui);
        group_ui(ui, "Score");
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
}

fn device_tooltip(machine: Option<&MachineInfo>) -> &str {
    match machine {
        Some(machine) if !machine.cuda => machine.cuda_reason.as_deref().unwrap_or("No graphics processor was found."),
        _ => "Automatic takes the graphics processor where there is one.",
    }
}
