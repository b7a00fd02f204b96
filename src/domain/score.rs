//! How a reconstruction becomes a map and a number.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Blur of a residual by default: 4 px of 64.
const BLUR: f64 = 0.0625;
/// Jitter by default: 2 px of 64.
const JITTER: f64 = 0.03125;

/// Blur of a difference before it is squared for its map, as a share of the side: 1 px of 64.
pub const DRAWN_FINE: f64 = 1.0 / 64.0;
/// Blur after that: 2 px of 64. It is also what the sign of a difference is taken of.
pub const DRAWN_WIDE: f64 = 2.0 / 64.0;

/// How input and reconstruction are compared, pixel by pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Residual {
    /// Squared difference.
    Squared,
    /// Absolute difference.
    Absolute,
    /// One minus the structural similarity around the pixel (Wang et al. 2004).
    Structural,
    /// Signed difference, blurred with a Gaussian, then its absolute value: what is *consistently* lighter or darker.
    BlurredSigned {
        /// Standard deviation of the Gaussian as a share of the image side (0.0625 = 4 px of 64).
        sigma: f64,
    },
    /// Gradient magnitude of the reconstruction minus that of the input, blurred: where edges are missing. Below 0 where
    /// the input has more, as healthy images do: a reconstruction is smoother.
    Gradient {
        /// As of the blurred signed difference.
        sigma: f64,
    },
    /// Squared difference in units of the variance that the network itself predicts (AE-U, Mao et al. 2020).
    Aleatoric,
}

impl Residual {
    /// With the default blur.
    pub const GRADIENT: Self = Self::Gradient { sigma: BLUR };

    /// With the default blur, in the order of menus.
    pub const ALL: [Self; 6] = [
        Self::BlurredSigned { sigma: BLUR },
        Self::GRADIENT,
        Self::Structural,
        Self::Absolute,
        Self::Squared,
        Self::Aleatoric,
    ];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Squared => "Squared error (MSE)",
            Self::Absolute => "Absolute error (L1)",
            Self::Structural => "Structure (1 − SSIM)",
            Self::BlurredSigned { .. } => "Blurred difference",
            Self::Gradient { .. } => "Missing edges",
            Self::Aleatoric => "Error / predicted variance",
        }
    }

    /// What it means, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Squared => "The mean squared difference to the healthy reconstruction; single large errors dominate.",
            Self::Absolute => {
                "The mean absolute difference to the healthy reconstruction; large errors count in proportion."
            }
            Self::Structural => {
                "How little contrast and texture around each pixel agree with the healthy reconstruction, whatever the brightness."
            }
            Self::BlurredSigned { .. } => {
                "Where the image is consistently lighter or darker than its healthy reconstruction; edges cancel out."
            }
            Self::Gradient { .. } => {
                "How many edges the image lacks where its healthy reconstruction has them; haze hides edges."
            }
            Self::Aleatoric => {
                "The squared difference in units of the variance that the network itself expects at that pixel."
            }
        }
    }

    /// Whether it says by how much brightness differs: such residuals share one kind of map, the local root mean square.
    pub fn is_difference(self) -> bool {
        match self {
            Self::Squared | Self::Absolute | Self::BlurredSigned { .. } | Self::Aleatoric => true,
            Self::Structural | Self::Gradient { .. } => false,
        }
    }

    /// The name on the command line and in files, with the blur in percent of the side where it is not the default.
    pub fn slug(self) -> String {
        let blurred = |name: &str, sigma: f64| format!("{name}{}", percent_unless(sigma, BLUR));
        match self {
            Self::Squared => "mse".to_owned(),
            Self::Absolute => "l1".to_owned(),
            Self::Structural => "ssim".to_owned(),
            Self::BlurredSigned { sigma } => blurred("blurred", sigma),
            Self::Gradient { sigma } => blurred("gradient", sigma),
            Self::Aleatoric => "aleatoric".to_owned(),
        }
    }

    /// Reads a slug.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "mse" => return Some(Self::Squared),
            "l1" => return Some(Self::Absolute),
            "ssim" => return Some(Self::Structural),
            "aleatoric" => return Some(Self::Aleatoric),
            _ => {}
        }
        if let Some(rest) = text.strip_prefix("blurred") {
            return Some(Self::BlurredSigned { sigma: share(rest, BLUR)? });
        }
        Some(Self::Gradient { sigma: share(text.strip_prefix("gradient")?, BLUR)? })
    }

    /// Whether the catalogue has it within the lungs: the plain one, and those two that tell most. The others can be asked
    /// for by name.
    fn is_listed_in_lungs(self) -> bool {
        matches!(self, Self::Squared | Self::Structural | Self::BlurredSigned { .. } | Self::Gradient { .. })
    }

    fn blur(self) -> f64 {
        match self {
            Self::BlurredSigned { sigma } | Self::Gradient { sigma } => sigma,
            Self::Squared | Self::Absolute | Self::Structural | Self::Aleatoric => 0.0,
        }
    }

    fn describe(self) -> String {
        match self {
            Self::Squared => "mean squared error".to_owned(),
            Self::Absolute => "mean absolute error".to_owned(),
            Self::Structural => "one minus structural similarity".to_owned(),
            Self::BlurredSigned { sigma } => {
                format!("signed difference, blurred over {:.1} % of the side, absolute mean", sigma * 100.0)
            }
            Self::Gradient { sigma } => {
                format!("missing gradient magnitude, blurred over {:.1} % of the side, mean", sigma * 100.0)
            }
            Self::Aleatoric => "squared error over predicted variance, mean".to_owned(),
        }
    }
}

/// The part of the map that is averaged into the image score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    Full,
    /// The central 70 % of both sides: little but lung and heart.
    Central,
    /// The image's own lungs, as the lung mask finds them, each pixel weighted by how far it is lung; the centre where that
    /// finds less than [`LEAST_LUNG_AREA`](super::LEAST_LUNG_AREA) of the image.
    Lungs,
}

impl Region {
    /// In the order of menus.
    pub const ALL: [Self; 3] = [Self::Central, Self::Lungs, Self::Full];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "Whole image",
            Self::Central => "Central 70\u{2009}%",
            Self::Lungs => "In the lungs",
        }
    }

    /// What it means, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Full => "The mean of the map over the whole image.",
            Self::Central => {
                "The mean of the map over the central 70\u{2009}% of both sides, without the image's border."
            }
            Self::Lungs => {
                "The mean of the map within the image's own lungs, found by a small network meant for frontal chest X-rays; \
                 the centre counts where that finds less than 5\u{2009}% of the image."
            }
        }
    }

    /// In a slug, after a dash; the whole image has none.
    pub fn slug(self) -> Option<&'static str> {
        match self {
            Self::Full => None,
            Self::Central => Some("central"),
            Self::Lungs => Some("lungs"),
        }
    }

    /// After a residual's name or description.
    pub(super) fn suffix(self, central: &'static str) -> &'static str {
        match self {
            Self::Full => "",
            Self::Central => central,
            Self::Lungs => ", in the lungs",
        }
    }
}

/// A score of a map: residual, region, and whether the input is shifted to its most healthy-looking position first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub residual: Residual,
    pub region: Region,
    /// The score is the minimum over the nine shifts by 0 and ± this share of the image side; 0 switches it off.
    pub jitter: f64,
}

impl Score {
    /// Plain mean squared error over the whole image: what the replaced system used.
    pub const MSE: Self = Self { residual: Residual::Squared, region: Region::Full, jitter: 0.0 };
    /// The jitter of menus and slugs.
    pub const JITTER: f64 = JITTER;

    /// Combinations of region and jitter for a residual, without and with the default shifts: what the catalogue has of it.
    pub fn variants(residual: Residual) -> impl Iterator<Item = Self> {
        let listed = move |region: &Region| *region != Region::Lungs || residual.is_listed_in_lungs();
        let shifts = move |region| [0.0, JITTER].map(|jitter| Self { residual, region, jitter });
        Region::ALL.into_iter().filter(listed).flat_map(shifts)
    }

    /// Blur and jitter are within a quarter of the side.
    pub fn is_valid(&self) -> bool {
        [self.residual.blur(), self.jitter].iter().all(|share| (0.0..=0.25).contains(share))
    }

    /// One line on screen and in reports.
    pub fn describe(&self) -> String {
        let region = self.region.suffix(", central 70 %");
        let jitter = if self.jitter > 0.0 {
            format!(", least of 9 shifts by {:.1} %", self.jitter * 100.0)
        } else {
            String::new()
        };
        format!("{}{region}{jitter}", self.residual.describe())
    }

    /// `blurred-central-jitter`: what [`Score::parse`] reads.
    pub fn slug(&self) -> String {
        let mut slug = self.residual.slug();
        if let Some(region) = self.region.slug() {
            slug = format!("{slug}-{region}");
        }
        if self.jitter > 0.0 {
            slug = format!("{slug}-jitter{}", percent_unless(self.jitter, JITTER));
        }
        slug
    }

    /// Reads a slug.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut score = Self { residual: Residual::parse(parts.next()?)?, region: Region::Full, jitter: 0.0 };
        for part in parts {
            if let Some(region) = Region::ALL.into_iter().find(|region| region.slug() == Some(part)) {
                score.region = region;
            } else {
                score.jitter = share(part.strip_prefix("jitter")?, JITTER)?;
            }
        }
        score.is_valid().then_some(score)
    }
}

/// How far the code of an image, or its pattern of errors, lies from those of the healthy images the network was fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMeasure {
    Mahalanobis,
    Neighbours,
    OneClassSvm,
    Divergence,
    /// Of the pattern of errors: their root mean square on a grid of 8 × 8 places. An error that is usual somewhere else
    /// counts, one that healthy images have at that place does not. Nearest neighbours as of codes (k = 5, as in a memory
    /// bank of features: Cohen and Hoshen 2020, Roth et al. 2022; here of errors, which needs no other network).
    Pattern,
}

impl CodeMeasure {
    /// In the order of menus.
    pub const ALL: [Self; 5] =
        [Self::Mahalanobis, Self::Neighbours, Self::OneClassSvm, Self::Divergence, Self::Pattern];

    /// The name on the command line and in files.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Mahalanobis => "mahalanobis",
            Self::Neighbours => "knn",
            Self::OneClassSvm => "ocsvm",
            Self::Divergence => "kl",
            Self::Pattern => "pattern",
        }
    }

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mahalanobis => "Code: likelihood (Mahalanobis)",
            Self::Neighbours => "Code: nearest neighbours",
            Self::OneClassSvm => "Code: one-class SVM",
            Self::Divergence => "Code: KL divergence",
            Self::Pattern => "Pattern of errors",
        }
    }

    /// What it means, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Mahalanobis => {
                "How unlikely the image's code is under a Gaussian fitted to the codes of healthy training images."
            }
            Self::Neighbours => "The mean distance of the image's code to its five nearest healthy training images.",
            Self::OneClassSvm => {
                "How far the image's code lies outside the region that holds 90\u{2009}% of the healthy training codes."
            }
            Self::Divergence => {
                "The information in nats that the VAE needs beyond its standard normal to name this image."
            }
            Self::Pattern => {
                "Whether errors lie where healthy images have them: the mean distance of the errors on 8 × 8 places to those of \
                 the five nearest healthy training images."
            }
        }
    }
}

/// What is known beside a reconstruction; measures that need more are not offered for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// One code for the whole image.
    pub code: bool,
    /// The patterns of errors of healthy training images: there are some.
    pub pattern: bool,
    /// A distribution over codes, with its divergence from the standard normal.
    pub divergence: bool,
    /// The variance it expects at each pixel.
    pub variance: bool,
    /// Where the lungs are: the lung mask is there.
    pub lungs: bool,
}

/// The slug of [`Measure::Own`].
const OWN: &str = "own";

/// One number an image: the mean of a map, or how far its code lies from healthy ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    Map(Score),
    Code(CodeMeasure),
    /// Of an ensemble only: each network by its own score, which is the one it was trained to have unless another was chosen.
    Own,
}

impl Measure {
    /// All that networks may have, each in its regions and with and without shifts.
    pub fn catalogue() -> Vec<Self> {
        let maps = Residual::ALL.into_iter().flat_map(Score::variants).map(Self::Map);
        maps.chain(CodeMeasure::ALL.map(Self::Code)).collect()
    }

    /// `blurred-central-jitter`, `knn`: what [`Measure::parse`] reads.
    pub fn slug(&self) -> String {
        match self {
            Self::Map(score) => score.slug(),
            Self::Code(measure) => measure.slug().to_owned(),
            Self::Own => OWN.to_owned(),
        }
    }

    /// Reads a slug.
    pub fn parse(text: &str) -> Option<Self> {
        if text == OWN {
            return Some(Self::Own);
        }
        let code = CodeMeasure::ALL.into_iter().find(|measure| measure.slug() == text).map(Self::Code);
        code.or_else(|| Score::parse(text).map(Self::Map))
    }

    /// Whether it says where.
    pub fn has_map(&self) -> bool {
        matches!(self, Self::Map(_) | Self::Own)
    }

    /// The name on screen, without region and shifts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Map(score) => score.residual.name(),
            Self::Code(measure) => measure.name(),
            Self::Own => "Each by its own score",
        }
    }

    /// What it means, in one sentence.
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::Map(score) => score.residual.meaning(),
            Self::Code(measure) => measure.meaning(),
            Self::Own => {
                "Every member judges the image by its own score: what it was trained for, or what was chosen for it."
            }
        }
    }

    /// One line on screen and in reports.
    pub fn describe(&self) -> String {
        match self {
            Self::Map(score) => score.describe(),
            Self::Code(CodeMeasure::Mahalanobis) => "Mahalanobis distance of the code".to_owned(),
            Self::Code(CodeMeasure::Neighbours) => "mean distance of the code to 5 nearest training codes".to_owned(),
            Self::Code(CodeMeasure::OneClassSvm) => "one-class SVM of the code (RBF, ν 0.1)".to_owned(),
            Self::Code(CodeMeasure::Divergence) => "KL divergence of the code from the standard normal".to_owned(),
            Self::Code(CodeMeasure::Pattern) => {
                "mean distance of the errors on 8 × 8 places to 5 nearest training images".to_owned()
            }
            Self::Own => "each network by its own score".to_owned(),
        }
    }

    /// Why a network with these abilities cannot be scored by it; `None` when it can.
    pub fn lacking(&self, abilities: Abilities) -> Option<&'static str> {
        match self {
            Self::Map(Score { residual: Residual::Aleatoric, .. }) if !abilities.variance => {
                Some("this network predicts no variance")
            }
            Self::Map(Score { region: Region::Lungs, .. }) if !abilities.lungs => {
                Some("the lung mask that comes with the program is missing")
            }
            Self::Code(CodeMeasure::Divergence) if !abilities.divergence => {
                Some("this network has no distribution over codes")
            }
            Self::Code(CodeMeasure::Pattern) if !abilities.pattern => Some("its training images are not known"),
            Self::Code(CodeMeasure::Pattern) => None,
            Self::Own => Some("only the networks of an ensemble have scores of their own"),
            Self::Code(_) if !abilities.code => Some("this network has no single code for an image"),
            _ => None,
        }
    }
}

/// A share as percent, nothing when it is the default.
fn percent_unless(share: f64, default: f64) -> String {
    // Rounded, because 0.07 × 100 is a little more than 7.
    if share.to_bits() == default.to_bits() { String::new() } else { format!("{}", (share * 1e8).round() / 1e6) }
}

/// Reads what [`percent_unless`] writes.
fn share(text: &str, default: f64) -> Option<f64> {
    if text.is_empty() {
        return Some(default);
    }
    text.parse::<f64>().ok().map(|percent| percent / 100.0).filter(|share| share.is_finite() && *share > 0.0)
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.slug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_read_back_and_no_two_are_the_same() {
        let catalogue = Measure::catalogue();
        assert_eq!(catalogue.len(), 37);
        let mut slugs: Vec<String> = catalogue.iter().map(Measure::slug).collect();
        for (measure, slug) in catalogue.iter().zip(&slugs) {
            assert_eq!(Measure::parse(slug), Some(*measure), "{slug}");
            assert!(measure.meaning().ends_with('.') && !measure.name().is_empty());
        }
        slugs.sort();
        slugs.dedup();
        assert_eq!(slugs.len(), 37);
    }

    #[test]
    fn other_blurs_and_shifts_are_in_the_slug() {
        let odd = Score { residual: Residual::BlurredSigned { sigma: 0.05 }, region: Region::Central, jitter: 0.02 };
        assert_eq!(odd.slug(), "blurred5-central-jitter2");
        assert_eq!(Score::parse(&odd.slug()), Some(odd));
        // Not in the catalogue, and still a score.
        let named = Score { residual: Residual::Absolute, region: Region::Lungs, jitter: 0.0 };
        assert_eq!((named.slug().as_str(), Score::parse("l1-lungs")), ("l1-lungs", Some(named)));
        assert!(named.describe().ends_with(", in the lungs"));
    }

    #[test]
    fn nonsense_is_no_score() {
        for text in ["", "blurred-", "blurred-left", "mse5", "blurred99", "blurred-jitter-x", "knn-central", "blurred0"]
        {
            assert_eq!(Measure::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_bundled_runs_scores_are_read_as_they_are() {
        let text = r#"{"residual":{"kind":"blurred_signed","sigma":0.0625},"region":"central","jitter":0.03125}"#;
        let score: Score = serde_json::from_str(text).expect("as in run.json");
        assert_eq!(score.slug(), "blurred-central-jitter");
        assert_eq!(serde_json::to_string(&score).expect("JSON"), text);
        let text = r#"{"residual":{"kind":"squared"},"region":"full","jitter":0.0}"#;
        assert_eq!(serde_json::from_str::<Score>(text).expect("as in run.json"), Score::MSE);
    }

    #[test]
    fn no_network_alone_is_scored_by_each_its_own() {
        assert_eq!(Measure::parse("own"), Some(Measure::Own));
        assert_eq!(Measure::Own.slug(), "own");
        let all = Abilities { code: true, pattern: true, divergence: true, variance: true, lungs: true };
        assert!(Measure::Own.lacking(all).is_some() && !Measure::catalogue().contains(&Measure::Own));
    }

    #[test]
    fn a_measure_says_what_a_network_lacks() {
        let none = Abilities::default();
        let offered = |abilities| Measure::catalogue().iter().filter(|m| m.lacking(abilities).is_none()).count();
        assert_eq!(offered(none), 20);
        assert_eq!(offered(Abilities { code: true, ..none }), 23);
        assert_eq!(offered(Abilities { lungs: true, ..none }), 28);
        assert_eq!(offered(Abilities { code: true, pattern: true, divergence: true, variance: true, lungs: true }), 37);
        let within = Measure::parse("blurred-lungs").expect("slug");
        let pattern = Measure::parse("pattern").expect("slug");
        assert_eq!(pattern.lacking(Abilities { pattern: true, ..none }), None);
        assert!(pattern.lacking(Abilities { code: true, ..none }).is_some() && !pattern.has_map());
        assert!(within.lacking(none).is_some_and(|lacking| lacking.contains("lung mask")));
    }
}
