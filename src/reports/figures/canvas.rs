//! One drawing, two files. Measures are in points of the finished figure; what is drawn on is finer, because plotters
//! knows whole pixels only.

use std::sync::Once;

use image::{ImageFormat, RgbImage, imageops};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, register_font};

use crate::error::{Error, Result};

/// Drawn pixels a point.
const FINE: f64 = 6.0;
/// The PNG is drawn so much larger and then shrunk, for smooth edges: 3 pixels a point, 216 dots an inch.
const SHRINK: u32 = 2;
/// plotters takes half a line for the distance from a text's middle to its baseline, in bitmaps only.
const BITMAP_LOWERS_TEXT: f64 = 0.16;
const FONT: &str = "Inter";
/// plotters' sizes are line heights; a character's is this much smaller.
const LINE_HEIGHT: f64 = 1.24;

type Area<B> = DrawingArea<B, Shift>;
pub(super) type Drawn<B> = std::result::Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Something that can be drawn.
pub(super) trait Figure {
    /// Width and height in points.
    fn size(&self) -> (f64, f64);

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Drawn<B>;
}

/// What a figure draws on, in points from the top left.
pub(super) struct Canvas<B: DrawingBackend> {
    area: Area<B>,
    /// How far texts have to be lowered to stand where they should, as a share of their size.
    lower_text: f64,
}

/// Where a text stands relative to its point.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// Size, weight and colour of a text.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub points: f64,
    pub bold: bool,
    pub colour: RGBColor,
}

impl<B: DrawingBackend> Canvas<B> {
    /// Writes a line whose middle is at `y`.
    pub fn text(&self, text: &str, (x, y): (f64, f64), align: Align, font: Type) -> Drawn<B> {
        let at = (x, y + self.lower_text * font.points);
        self.area.draw(&Text::new(text.to_owned(), fine(at), style(align, font)))
    }

    /// The same, read from bottom to top.
    pub fn upright_text(&self, text: &str, at: (f64, f64), font: Type) -> Drawn<B> {
        let mut style = style(Align::Centre, font);
        style.font = style.font.transform(FontTransform::Rotate270);
        self.area.draw(&Text::new(text.to_owned(), fine(at), style))
    }

    pub fn line(&self, points: &[(f64, f64)], width: f64, colour: RGBAColor) -> Drawn<B> {
        let points: Vec<(i32, i32)> = points.iter().copied().map(fine).collect();
        self.area.draw(&PathElement::new(points, stroke(width, colour)))
    }

    pub fn dashed(&self, points: &[(f64, f64)], width: f64, colour: RGBAColor) -> Drawn<B> {
        let points: Vec<(i32, i32)> = points.iter().copied().map(fine).collect();
        let (dash, gap) = ((4.0 * FINE) as i32, (2.5 * FINE) as i32);
        self.area.draw(&plotters::element::DashedPathElement::new(points, dash, gap, stroke(width, colour)))
    }

    pub fn area(&self, outline: &[(f64, f64)], colour: RGBAColor) -> Drawn<B> {
        let points: Vec<(i32, i32)> = outline.iter().copied().map(fine).collect();
        self.area.draw(&Polygon::new(points, colour.filled()))
    }

    pub fn bar(&self, corner: (f64, f64), opposite: (f64, f64), colour: RGBAColor) -> Drawn<B> {
        self.area.draw(&Rectangle::new([fine(corner), fine(opposite)], colour.filled()))
    }
}

fn fine((x, y): (f64, f64)) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}

fn stroke(width: f64, colour: RGBAColor) -> ShapeStyle {
    colour.stroke_width((width * FINE).round().max(1.0) as u32)
}

fn style(align: Align, font: Type) -> TextStyle<'static> {
    let horizontal = match align {
        Align::Left => HPos::Left,
        Align::Centre => HPos::Center,
        Align::Right => HPos::Right,
    };
    let weight = if font.bold { FontStyle::Bold } else { FontStyle::Normal };
    let described = FontDesc::new(FontFamily::Name(FONT), font.points * FINE * LINE_HEIGHT, weight);
    TextStyle { font: described, color: font.colour.to_backend_color(), pos: Pos::new(horizontal, VPos::Center) }
}

/// Gives plotters the fonts; nothing is taken from the system.
fn fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let regular = include_bytes!("../../../assets/fonts/Inter-Regular.ttf");
        let bold = include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf");
        for (style, bytes) in [(FontStyle::Normal, &regular[..]), (FontStyle::Bold, &bold[..])] {
            if register_font(FONT, style, bytes).is_err() {
                tracing::error!("the built-in font cannot be read");
            }
        }
    });
}

fn drawn_on<B: DrawingBackend>(backend: B, lower_text: f64, figure: &impl Figure) -> Result<()> {
    fonts();
    let canvas = Canvas { area: backend.into_drawing_area(), lower_text };
    canvas
        .area
        .fill(&WHITE)
        .and_then(|()| figure.draw(&canvas))
        .and_then(|()| canvas.area.present())
        .map_err(|error| Error::Other(format!("cannot draw a figure: {error}")))
}

fn fine_size(figure: &impl Figure) -> (u32, u32) {
    let (width, height) = fine(figure.size());
    (width.unsigned_abs(), height.unsigned_abs())
}

pub(super) fn svg(figure: &impl Figure) -> Result<Vec<u8>> {
    let (width, height) = fine_size(figure);
    let mut text = String::new();
    drawn_on(SVGBackend::with_string(&mut text, (width, height)), 0.0, figure)?;
    // The size on paper instead of one in fine pixels; other sans-serifs where Inter is not installed.
    let (points_wide, points_high) = figure.size();
    let text = text
        .replacen(
            &format!("width=\"{width}\" height=\"{height}\""),
            &format!("width=\"{points_wide}pt\" height=\"{points_high}pt\""),
            1,
        )
        .replace("font-family=\"Inter\"", "font-family=\"Inter, Helvetica, Arial, sans-serif\"")
        .replace("font-weight=\"bold\"", "font-weight=\"600\"");
    Ok(text.into_bytes())
}

pub(super) fn png(figure: &impl Figure) -> Result<Vec<u8>> {
    let (width, height) = fine_size(figure);
    let mut pixels = vec![0; width as usize * height as usize * 3];
    drawn_on(BitMapBackend::with_buffer(&mut pixels, (width, height)), BITMAP_LOWERS_TEXT, figure)?;
    let unwritable = || Error::Other("cannot draw a figure: it has no size".to_owned());
    let large = RgbImage::from_raw(width, height, pixels).ok_or_else(unwritable)?;
    let small = imageops::thumbnail(&large, width / SHRINK, height / SHRINK);
    let mut bytes = std::io::Cursor::new(Vec::new());
    small
        .write_to(&mut bytes, ImageFormat::Png)
        .map_err(|error| Error::Other(format!("cannot write a figure: {error}")))?;
    Ok(bytes.into_inner())
}
