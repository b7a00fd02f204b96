//! What each architecture is, in words: for its card, its tooltip and the account under it.

use crate::domain::{Architecture, TrainingSettings};
use crate::ui::icons;
use crate::ui::train::axis;

/// An architecture in words. Sentences, not claims of figures: figures are in the benchmark.
pub struct About {
    pub icon: &'static str,
    pub mechanism: &'static str,
    pub strengths: &'static str,
    pub weaknesses: &'static str,
    pub paper: &'static str,
}

/// The account of an architecture.
pub fn about(architecture: Architecture) -> &'static About {
    match architecture {
        Architecture::Autoencoder => &AUTOENCODER,
        Architecture::Vae => &VAE,
        Architecture::Gan => &GAN,
        Architecture::Vit => &VIT,
        Architecture::BetaVae => &BETA_VAE,
        Architecture::VqVae => &VQ_VAE,
        Architecture::AeU => &AE_U,
        Architecture::Denoiser => &DENOISER,
        Architecture::Inpainter => &INPAINTER,
        Architecture::Restorer => &RESTORER,
    }
}

static AUTOENCODER: About = About {
    icon: icons::ARROWS_IN_LINE_HORIZONTAL,
    mechanism: "Squeezes each image into a handful of numbers and rebuilds it from them. The code is too small to carry \
                what healthy images do not have, so a lesion is missing from the rebuilt image.",
    strengths: "Fast, stable, few settings. Trains within minutes on a processor.",
    weaknesses: "Rebuilt images are blurred: fine structure is lost along with the lesion.",
    paper: "Hinton and Salakhutdinov, Science 2006; Masci et al., ICANN 2011",
};

static VAE: About = About {
    icon: icons::WAVE_SINE,
    mechanism: "Encodes each image as a distribution rather than a point and draws from it while training. The KL term \
                keeps the codes of healthy images close together.",
    strengths: "A smooth code: similar images lie close together, and one can sample and interpolate.",
    weaknesses: "Blurred like the autoencoder. With too heavy a KL term the code carries nothing.",
    paper: "Kingma and Welling, ICLR 2014; Higgins et al. (β-VAE), ICLR 2017",
};

static GAN: About = About {
    icon: icons::MASK_HAPPY,
    mechanism: "A generator rebuilds the image while a second network, the critic, learns to tell rebuilt patches from \
                real ones. Each improves against the other.",
    strengths: "Sharper rebuilt images than an error per pixel alone gives.",
    weaknesses: "Two losses pull against each other: less stable, and realistic is not the same as faithful.",
    paper: "Isola et al. (PatchGAN), CVPR 2017; Akcay et al. (GANomaly), ACCV 2018",
};

static VIT: About = About {
    icon: icons::SQUARES_FOUR,
    mechanism: "Cuts the image into patches and lets every patch attend to every other. It cannot copy its input: the \
                tokens pass one small common code, or patches are hidden and must be inferred from the rest.",
    strengths: "Sees the whole image at once, so left and right, apex and base inform each other.",
    weaknesses: "Needs more images and time than convolutions. Patch borders can show in the rebuilt image.",
    paper: "Dosovitskiy et al., ICLR 2021; Xie et al. (SimMIM), CVPR 2022",
};

static BETA_VAE: About = About {
    icon: icons::FUNNEL_SIMPLE,
    mechanism: "The VAE with a heavy KL term: a number of the code survives only where it pays for itself in error. The \
                code becomes as small as the data allow, whatever size was set.",
    strengths: "Finds the size of its code by itself; each number tends to mean one thing, such as size or position.",
    weaknesses: "More blurred than the VAE. With too heavy a term the code carries nothing and every image looks alike.",
    paper: "Higgins et al., ICLR 2017",
};

static VQ_VAE: About = About {
    icon: icons::GRID_NINE,
    mechanism: "Describes each image by a few words of a learned vocabulary, the codebook, and rebuilds it from those. The \
                words stand for the whole image, not for places in it, so that no place can be copied.",
    strengths: "The smallest code of all, countable in bits. What cannot be said in healthy words is not rebuilt.",
    weaknesses: "Nothing lies between two words, so similar images can come out differently. Needs a codebook in use.",
    paper: "van den Oord et al., NeurIPS 2017; Dhariwal et al. (moved entries), 2020",
};

static AE_U: About = About {
    icon: icons::CIRCLE_HALF,
    mechanism: "An autoencoder that also foretells how wrong it will be at each pixel. Edges and ribs, which nobody can \
                foretell exactly, weigh less in its loss where it said so beforehand.",
    strengths: "Knows where it is unsure, so that an error counts by how unexpected it is.",
    weaknesses: "Its likelihood favours regions that are easy to foretell; in few images it can be too sure of itself.",
    paper: "Mao et al., MICCAI 2020; Kendall and Gal, NeurIPS 2017",
};

static DENOISER: About = About {
    icon: icons::MAGIC_WAND,
    mechanism: "Blobs of coarse noise are laid over healthy images, and the network learns to take them away. A lesion \
                looks like such a blob and is taken away as well.",
    strengths: "Learns what a removed lesion looks like without having seen one.",
    weaknesses: "What does not resemble the noise may stay. The original's U-Net copies; here a small code prevents that.",
    paper: "Kascenas et al., MIDL 2022; Vincent et al., ICML 2008",
};

static INPAINTER: About = About {
    icon: icons::SELECTION,
    mechanism: "Hides patches and infers them from their surroundings, until every patch was hidden once. No patch can be \
                copied.",
    strengths: "Sharp, and finds what is small and unlike its surroundings, such as a foreign body.",
    weaknesses: "Haze goes on beyond every patch, so it is continued into the gap and looks healthy. Here for that lesson: \
                expect it below the one-line baselines on pneumonia.",
    paper: "Zavrtanik et al. (RIAD), Pattern Recognition 2021; Ronneberger et al. (U-Net), MICCAI 2015",
};

static RESTORER: About = About {
    icon: icons::ERASER,
    mechanism: "Opacities are painted onto healthy images, and a network with skip connections learns to take them away. It \
                has seen no disease, but it knows what lighter, hazier lung looks like and undoes it.",
    strengths: "Rebuilds fine structure, so its map shows the opacity and little else. Fast to apply.",
    weaknesses: "Knows only what was painted: a lesion that is darker, or changes shape rather than brightness, may stay.",
    paper: "Zavrtanik et al. (DRAEM), ICCV 2021; Tan et al., MELBA 2022",
};

/// One line for the card, with the figures of the settings in use.
pub fn line(settings: &TrainingSettings) -> String {
    let latent = settings.latent;
    match settings.architecture {
        Architecture::Autoencoder if latent == 1 => "1 number per image".to_owned(),
        Architecture::Autoencoder => format!("{latent} numbers per image"),
        Architecture::Vae => format!("latent distribution, {latent}-d"),
        Architecture::Gan => "generator against a patch critic".to_owned(),
        Architecture::BetaVae => format!("latent distribution, β {}", axis::number(settings.kl_weight)),
        Architecture::VqVae => format!("{} words out of {}", settings.tokens, settings.codebook),
        Architecture::AeU => format!("{latent} numbers, foretells its error"),
        Architecture::Denoiser => format!("{latent} numbers, coarse noise {}", axis::number(settings.noise)),
        Architecture::Inpainter => {
            format!("{}-px patches, {:.0}\u{2009}% hidden", settings.patch, 100.0 * settings.mask_share)
        }
        Architecture::Restorer => "painted opacities, taken away".to_owned(),
        Architecture::Vit => {
            let masked = if settings.mask_share > 0.0 { "masked " } else { "" };
            let layers = settings.encoder_layers + settings.decoder_layers;
            format!("{masked}{}-px patches, {layers} layers", settings.patch)
        }
    }
}

/// "0.2 M", "48 k", "812".
pub fn count(parameters: u64) -> String {
    let parameters = parameters as f64;
    if parameters >= 99_500.0 {
        format!("{:.1}\u{2009}M", parameters / 1e6)
    } else if parameters >= 1000.0 {
        format!("{:.0}\u{2009}k", parameters / 1e3)
    } else {
        format!("{parameters:.0}")
    }
}

/// The name where there is little room.
pub fn short_name(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Autoencoder => "AE",
        Architecture::Denoiser => "DAE",
        Architecture::Inpainter => "In-paint",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Preset;

    #[test]
    fn lines_follow_the_settings() {
        let line_of = |architecture, preset| line(&TrainingSettings::preset(architecture, preset));
        assert_eq!(line_of(Architecture::Autoencoder, Preset::Recommended), "8 numbers per image");
        assert_eq!(line_of(Architecture::Vae, Preset::Recommended), "latent distribution, 16-d");
        assert_eq!(line_of(Architecture::Vit, Preset::NeuroscanPro), "masked 16-px patches, 4 layers");
        assert_eq!(line_of(Architecture::VqVae, Preset::Recommended), "8 words out of 128");
        assert_eq!(line_of(Architecture::Inpainter, Preset::Recommended), "8-px patches, 25\u{2009}% hidden");
    }

    #[test]
    fn counts_are_short() {
        assert_eq!(count(812), "812");
        assert_eq!(count(48_300), "48\u{2009}k");
        assert_eq!(count(231_785), "0.2\u{2009}M");
        assert_eq!(count(2_900_000), "2.9\u{2009}M");
    }
}
