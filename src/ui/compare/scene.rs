//! What the panes are drawn from, and the pictures in them.

use std::sync::Arc;

use egui::{Color32, Id, Pos2, Rect, Ui, pos2};

use super::canvas::{self, Layer, Picture, Place};
use super::derived::Derived;
use super::display::{Display, Show};
use super::lesion::BADGE;
use super::readout::{self, PixelValues};
use super::view::Views;
use crate::domain::{Analysis, CaseRef, GrayImage, ModelInfo, Plane, Segment, ThresholdRule};
use crate::engine::message::CaseImage;
use crate::imaging::colormap::ColorMap;
use crate::ui::state::State;
use crate::ui::textures::{self, Render, Source};

/// What stands on the picture of where an ensemble's members differ.
const SPREAD: &str = "Members differ";

/// The crosshair: a point in shares of the image, and the pane it was put in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cross {
    pub point: Pos2,
    pub pane: usize,
}

/// The case on screen as stored. For a moment that of the case before, until the new one is read.
#[derive(Clone)]
pub struct Original {
    pub case: CaseRef,
    pub image: Arc<CaseImage>,
}

/// One frame's view of everything that panes share.
pub struct Scene<'a> {
    pub state: &'a State,
    pub display: &'a Display,
    /// The case to show; pictures may still be of the one before.
    pub case: &'a CaseRef,
    /// What thresholds are drawn by.
    pub rule: ThresholdRule,
    pub original: Option<&'a Original>,
    /// The border of painted lesions is drawn over maps.
    pub outlines: bool,
    pub cross: Option<Cross>,
    pub views: &'a Views,
    pub derived: &'a mut Derived,
    /// Filled while drawing, for the gestures of the next frame.
    pub places: &'a mut Vec<Place>,
    /// Seconds, for blinking.
    pub now: f64,
}

impl Scene<'_> {
    /// Draws a picture; `slot` tells the images of a pane apart.
    pub fn show(&mut self, ui: &Ui, pane: usize, slot: usize, rect: Rect, name: &str, picture: &Picture) {
        let id = Id::unique(("compare picture", pane, slot));
        let place = Place { id, pane, rect, aspect: picture.aspect };
        let view = self.views.get(self.display.linked, pane);
        canvas::show(ui, &place, name, picture, view, self.cross(pane), self.display);
        self.places.push(place);
    }

    /// The crosshair as far as this pane shows it.
    pub fn cross(&self, pane: usize) -> Option<Pos2> {
        let cross = self.cross.filter(|cross| self.display.linked || cross.pane == pane)?;
        self.display.crosshair.then_some(cross.point)
    }

    /// The lungs of the image that was analysed, where they are to be outlined.
    pub fn lungs(&self, analysis: &Analysis) -> Option<Arc<Vec<Segment>>> {
        let lungs = analysis.lungs.as_ref().ok().filter(|_| self.display.lungs)?;
        Some(Arc::clone(&lungs.outline))
    }

    /// The image as stored.
    pub fn original_picture(&mut self, ui: &Ui, pane: usize, rect: Rect) -> Picture {
        let Some(original) = self.original else { return Picture { aspect: 1.0, ..Picture::default() } };
        let image = &original.image.image;
        let chip = self.cross(pane).and_then(|point| gray_at(image, point)).map(readout::value);
        Picture {
            label: "Original",
            aspect: image.width as f32 / image.height.max(1) as f32,
            layers: [Some(self.original_layer(ui, pane, original, rect)), None],
            chip,
            badge: badge(&original.case),
            ..Picture::default()
        }
    }

    /// The image as the networks get it.
    pub fn seen_picture(&mut self, ui: &Ui, pane: usize, rect: Rect, analysis: &Analysis) -> Picture {
        let chip = self.cross(pane).and_then(|point| PixelValues::at(analysis, point)).map(|v| readout::value(v.input));
        Picture {
            label: "As the models see it",
            aspect: 1.0,
            layers: [Some(self.gray_layer(ui, &analysis.input, rect)), None],
            chip,
            badge: badge(&analysis.case),
            lungs: self.lungs(analysis),
            ..Picture::default()
        }
    }

    /// One image of a model's pane. `second` is the lower one of [`Show::Both`].
    pub fn model_picture(
        &mut self,
        ui: &Ui,
        pane: usize,
        rect: Rect,
        second: bool,
        model: &ModelInfo,
        analysis: &Arc<Analysis>,
    ) -> Picture {
        let mut picture = match (self.display.show, second) {
            (Show::Reconstruction, _) | (Show::Both, false) => self.reconstruction_picture(ui, pane, rect, analysis),
            (Show::Map, _) | (Show::Both, true) => self.map_picture(ui, pane, rect, model, analysis),
            (Show::Overlay, _) => self.overlay_picture(ui, pane, rect, model, analysis),
        };
        picture.lungs = self.lungs(analysis);
        if analysis.seen_in_training && !second {
            picture.badge = Some("Seen in training");
        }
        // Over all that shows the lesion, and over the map, which does not say so by itself.
        if (self.display.show, second) != (Show::Both, false) {
            picture.badge = picture.badge.or(badge(&analysis.case));
        }
        picture
    }

    fn reconstruction_picture(&mut self, ui: &Ui, pane: usize, rect: Rect, analysis: &Arc<Analysis>) -> Picture {
        let values = self.cross(pane).and_then(|point| PixelValues::at(analysis, point));
        let blinked = self.display.blink_shows_input(self.now);
        let base = if blinked { &analysis.input } else { &analysis.reconstruction };
        let over = self
            .display
            .swipe
            .then(|| Layer { clip: self.left_of_divider(rect), ..self.gray_layer(ui, &analysis.input, rect) });
        Picture {
            label: if blinked || self.display.swipe { "Input" } else { "Reconstruction" },
            label_right: if self.display.swipe { "Reconstruction" } else { "" },
            aspect: 1.0,
            layers: [Some(self.gray_layer(ui, base, rect)), over],
            chip: values.map(|v| {
                let value = readout::value(v.reconstruction);
                // On small images the value alone.
                if rect.width() < 140.0 { value } else { format!("{value} Δ {}", readout::signed(v.difference)) }
            }),
            divider: self.display.swipe,
            ..Picture::default()
        }
    }

    fn map_picture(
        &mut self,
        ui: &Ui,
        pane: usize,
        rect: Rect,
        model: &ModelInfo,
        analysis: &Arc<Analysis>,
    ) -> Picture {
        Picture {
            label: if self.spread(analysis).is_some() { SPREAD } else { "Map" },
            aspect: 1.0,
            layers: [Some(self.map_layer(ui, rect, model, analysis, false)), None],
            chip: self.error_chip(pane, model, analysis),
            part: part(model),
            outline: self.outline(analysis),
            ..Picture::default()
        }
    }

    /// The map over the image as stored, or over what the network saw while that is not read yet.
    fn overlay_picture(
        &mut self,
        ui: &Ui,
        pane: usize,
        rect: Rect,
        model: &ModelInfo,
        analysis: &Arc<Analysis>,
    ) -> Picture {
        let original = self.original.filter(|original| original.case.original() == analysis.case.original());
        let (base, aspect) = match original {
            Some(original) => {
                let image = &original.image.image;
                let aspect = image.width as f32 / image.height.max(1) as f32;
                (self.original_layer(ui, pane, original, rect), aspect)
            }
            None => (self.gray_layer(ui, &analysis.input, rect), 1.0),
        };
        let blinked = self.display.blink_shows_input(self.now);
        let clip = if self.display.swipe {
            Rect::from_min_max(pos2(self.left_of_divider(rect).right(), rect.top()), rect.max)
        } else {
            rect
        };
        let over_name = if self.spread(analysis).is_some() { SPREAD } else { "Overlay" };
        let over = (!blinked).then(|| Layer { clip, ..self.map_layer(ui, rect, model, analysis, true) });
        Picture {
            label: if blinked || self.display.swipe { "Input" } else { over_name },
            label_right: if self.display.swipe { over_name } else { "" },
            aspect,
            layers: [Some(base), over],
            legend: self.display.marks_from().map(|from| marked_share(&analysis.map, from)),
            chip: self.error_chip(pane, model, analysis),
            part: part(model),
            outline: self.outline(analysis),
            divider: self.display.swipe,
            ..Picture::default()
        }
    }

    /// The error under the crosshair, with its sign where the colours show it.
    fn error_chip(&mut self, pane: usize, model: &ModelInfo, analysis: &Arc<Analysis>) -> Option<String> {
        let point = self.cross(pane)?;
        if let Some(spread) = self.spread(analysis) {
            let (x, y) = readout::pixel(spread, point)?;
            return spread.get(x, y).map(readout::value);
        }
        if self.display.color_map == ColorMap::Diverging {
            let map = self.derived.signed_map(analysis, model.shown_residual(), false);
            let (x, y) = readout::pixel(&map, point)?;
            return map.get(x, y).map(readout::signed);
        }
        PixelValues::at(analysis, point).map(|values| readout::value(values.error))
    }

    /// Where an ensemble's members differ, while that is shown.
    fn spread<'a>(&self, analysis: &'a Analysis) -> Option<&'a Arc<Plane>> {
        analysis.disagreement.as_ref().filter(|_| self.display.spread).map(|found| &found.map)
    }

    /// Around what is painted onto the image that a map is of.
    fn outline(&self, analysis: &Analysis) -> Option<Arc<Vec<Segment>>> {
        let original = self.original.filter(|original| self.outlines && original.case == analysis.case)?;
        (!original.image.outline.is_empty()).then(|| Arc::clone(&original.image.outline))
    }

    fn original_layer(&self, ui: &Ui, pane: usize, original: &Original, rect: Rect) -> Layer {
        let zoom = self.views.get(self.display.linked, pane).zoom;
        let pixels = rect.width().max(rect.height()) * ui.pixels_per_point() * zoom;
        // In powers of two, so that magnifying does not make a texture a frame.
        let max_side = (pixels as u32).next_power_of_two().clamp(128, 1024);
        let render = Render { max_side, ..self.gray() };
        let texture = textures::texture(ui.ctx(), &Source::Case(original.image.clone()), &render);
        Layer { texture, tint: Color32::WHITE, clip: rect }
    }

    fn gray_layer(&mut self, ui: &Ui, plane: &Arc<Plane>, rect: Rect) -> Layer {
        let plane = self.derived.gray(plane, self.display.smooth);
        let texture = textures::texture(ui.ctx(), &Source::Plane(plane), &self.gray());
        Layer { texture, tint: Color32::WHITE, clip: rect }
    }

    fn map_layer(&mut self, ui: &Ui, rect: Rect, model: &ModelInfo, analysis: &Arc<Analysis>, overlay: bool) -> Layer {
        let (smooth, map) = (self.display.smooth, self.display.color_map);
        let signed = map == ColorMap::Diverging;
        let plane = if let Some(spread) = self.spread(analysis) {
            // It has no sign: on signed colours it takes the upper half.
            self.derived.map(spread, smooth)
        } else if signed {
            self.derived.signed_map(analysis, model.shown_residual(), smooth)
        } else {
            self.derived.map(&analysis.map, smooth)
        };
        let (window, level) = if signed { (2.0, 0.0) } else { (1.0, 0.5) };
        let marked_from = self.display.marks_from().filter(|_| overlay).unwrap_or(0.0);
        let render = Render { window, level, smooth, overlay, marked_from, ..Render::with_lut(map.lut()) };
        let texture = textures::texture(ui.ctx(), &Source::Plane(plane), &render);
        let tint = if overlay { Color32::WHITE.gamma_multiply(self.display.opacity) } else { Color32::WHITE };
        Layer { texture, tint, clip: rect }
    }

    /// How grey images are shown. For display only: read-outs do not see it.
    fn gray(&self) -> Render {
        let Display { window, invert, smooth, .. } = *self.display;
        Render { window: window.window, level: window.level, invert, smooth, ..Render::gray() }
    }

    fn left_of_divider(&self, rect: Rect) -> Rect {
        let x = rect.left() + self.display.swipe_at * rect.width();
        Rect::from_min_max(rect.min, pos2(x, rect.bottom()))
    }
}

/// "12.5 % marked, ≥ 1.00": of the map's own pixels, before they are smoothed for the screen.
fn marked_share(map: &Plane, from: f32) -> String {
    let marked = map.values.iter().filter(|&&value| textures::is_marked(value, from)).count();
    let percent = marked as f64 / map.values.len().max(1) as f64 * 100.0;
    format!("{percent:.1}\u{2009}% marked, ≥\u{2009}{from:.2}")
}

/// "1 of 2 parts": where a fusion has measures without a map.
fn part(model: &ModelInfo) -> Option<String> {
    model.score.partly_mapped().map(|(with, of)| format!("{with} of {of} parts"))
}

/// Says that an image is painted.
fn badge(case: &CaseRef) -> Option<&'static str> {
    (!case.lesions().is_empty()).then_some(BADGE)
}

/// The grey value at a point in shares of the image, [0, 1].
fn gray_at(image: &GrayImage, point: Pos2) -> Option<f32> {
    let index = |share: f32, size: u32| {
        ((0.0..1.0).contains(&share) && size > 0).then(|| ((share * size as f32) as u32).min(size - 1))
    };
    let (x, y) = (index(point.x, image.width)?, index(point.y, image.height)?);
    let at = y as usize * image.width as usize + x as usize;
    image.pixels.get(at).map(|&value| f32::from(value) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marked_share_is_of_the_maps_own_pixels() {
        let map = Plane::new(2, 2, vec![0.4, 1.0, 2.0, f32::NAN]);
        assert_eq!(marked_share(&map, 1.0), "50.0\u{2009}% marked, ≥\u{2009}1.00");
        assert_eq!(marked_share(&map, 2.5), "0.0\u{2009}% marked, ≥\u{2009}2.50");
        assert!(marked_share(&Plane::new(0, 0, Vec::new()), 1.0).starts_with("0.0"));
    }

    #[test]
    fn stored_values_are_read_at_their_pixel() {
        let image = GrayImage::new(2, 2, vec![0, 51, 102, 255]);
        assert_eq!(gray_at(&image, pos2(0.75, 0.25)), Some(0.2));
        assert_eq!(gray_at(&image, pos2(0.99, 0.99)), Some(1.0));
        assert_eq!(gray_at(&image, pos2(1.0, 0.5)), None);
        assert_eq!(gray_at(&GrayImage::new(0, 0, Vec::new()), pos2(0.5, 0.5)), None);
    }
}
