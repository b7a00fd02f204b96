//! Controls in the house's measures, one a file, each with its test. All have an accessible name.

mod button;
mod card;
mod chip;
mod class_mark;
mod color_bar;
mod dropdown;
mod empty;
pub mod glossary;
mod image;
mod number;
pub mod paint;
mod progress;
mod score_histogram;
mod score_menu;
mod segmented;
mod slider;
#[cfg(test)]
mod snapshots;
mod sparkline;
mod text;
mod thumbnails;

pub use button::{Button, IconButton, link};
pub use card::{Card, header};
pub use chip::{Chip, ChipResponse};
pub use class_mark::{ClassMark, paint_class_mark};
pub use color_bar::ColorBar;
pub use dropdown::{Dropdown, menu_item, menu_item_of_width, menu_label};
pub use empty::EmptyState;
pub use image::{ImageView, paint_image, paint_plate};
pub use number::NumberField;
pub use progress::{ProgressBar, spinner_arc};
pub use score_histogram::ScoreHistogram;
pub use score_menu::score_menu;
pub use segmented::Segmented;
pub use slider::Slider;
pub use sparkline::Sparkline;
pub use text::TextField;
pub use thumbnails::{Cell, GridResponse, ThumbnailGrid, paint_thumbnail};

/// A harness for the tests of widgets: the house's style, 400 × 300.
#[cfg(test)]
pub(crate) fn harness<'a>(ui: impl FnMut(&mut egui::Ui) + 'a) -> egui_kittest::Harness<'a> {
    egui_kittest::Harness::builder()
        .with_size(egui::vec2(400.0, 300.0))
        .with_context_setup(super::theme::install)
        .build_ui(ui)
}
