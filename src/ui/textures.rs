//! Planes and images as textures: uploaded once for each way of showing them, reused, and dropped under a budget.
//!
//! An entry is known by the identity of the memory it was made from (an `Arc`, which the cache holds so that the
//! address stays its own) and the rendering. While a window is dragged every frame asks for a new rendering: the
//! texture that is no longer shown is then overwritten in place rather than a new one allocated.

use std::sync::Arc;
use std::sync::Mutex;

use egui::{Color32, ColorImage, Context, Id, TextureHandle, TextureId, TextureOptions};

use crate::domain::{GrayImage, Plane};
use crate::engine::message::CaseImage;

/// 256 colours from low to high.
pub type Lut = &'static [[u8; 3]; 256];

const fn gray_ramp() -> [[u8; 3]; 256] {
    let mut lut = [[0; 3]; 256];
    let mut value = 0;
    while value < 256 {
        lut[value] = [value as u8; 3];
        value += 1;
    }
    lut
}

/// Black to white.
pub static GRAY: [[u8; 3]; 256] = gray_ramp();

/// Pixels to show.
#[derive(Clone, Debug)]
pub enum Source {
    /// A reconstruction or map.
    Plane(Arc<Plane>),
    /// A thumbnail.
    Gray(Arc<GrayImage>),
    /// A case as stored.
    Case(Arc<CaseImage>),
}

impl Source {
    fn address(&self) -> usize {
        match self {
            Self::Plane(plane) => Arc::as_ptr(plane).addr(),
            Self::Gray(image) => Arc::as_ptr(image).addr(),
            Self::Case(case) => Arc::as_ptr(case).addr(),
        }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [usize; 2] {
        match self {
            Self::Plane(plane) => [plane.width as usize, plane.height as usize],
            Self::Gray(image) => [image.width as usize, image.height as usize],
            Self::Case(case) => [case.image.width as usize, case.image.height as usize],
        }
    }
}

/// How values become colours. Values are in [0, 1] unless the window says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Render {
    pub lut: Lut,
    /// Width of the range of values that the colours span.
    pub window: f32,
    /// Middle of that range.
    pub level: f32,
    pub invert: bool,
    /// Smooth between pixels, or show them as squares.
    pub smooth: bool,
    /// As opaque as the value is large, of either sign, so that the image under a map shows where the map says nothing.
    pub overlay: bool,
    /// Above 0: of a map, only values from here on, of either sign, are shown, each fully opaque; the rest is clear.
    pub marked_from: f32,
    /// Halve the image until its longer side is at most so long, averaging; 0 keeps all pixels.
    pub max_side: u32,
}

impl Render {
    /// The full range from black to white.
    pub fn gray() -> Self {
        Self::with_lut(&GRAY)
    }

    /// The full range in the colours given.
    pub fn with_lut(lut: Lut) -> Self {
        Self {
            lut,
            window: 1.0,
            level: 0.5,
            invert: false,
            smooth: true,
            overlay: false,
            marked_from: 0.0,
            max_side: 0,
        }
    }

    fn key(&self) -> [u32; 7] {
        let flags = u32::from(self.invert) | u32::from(self.smooth) << 1 | u32::from(self.overlay) << 2;
        let lut = self.lut.as_ptr().addr() as u64;
        let [window, level, marked] = [self.window, self.level, self.marked_from].map(f32::to_bits);
        [window, level, flags, marked, self.max_side, lut as u32, (lut >> 32) as u32]
    }

    /// The colour of every one of 256 steps through the window.
    fn palette(&self) -> [Color32; 256] {
        std::array::from_fn(|step| {
            let [r, g, b] = self.lut[if self.invert { 255 - step } else { step }];
            if self.overlay && self.marked_from <= 0.0 {
                let value = self.level + (step as f32 / 255.0 - 0.5) * self.window;
                let alpha = value.abs().min(1.0);
                Color32::from_rgba_unmultiplied(r, g, b, (alpha * 255.0) as u8)
            } else {
                Color32::from_rgb(r, g, b)
            }
        })
    }

    /// Step of the palette for a value.
    fn step(&self, value: f32) -> usize {
        let low = self.level - self.window / 2.0;
        // `as` saturates and sends NaN to 0.
        usize::from(((value - low) / self.window.max(1e-4) * 255.0 + 0.5) as u8)
    }
}

/// The texture of a source, shown in a way; uploaded when it was not yet.
pub fn texture(context: &Context, source: &Source, render: &Render) -> TextureId {
    let cache = context.data_mut(|data| {
        data.get_temp_mut_or_insert_with(Id::unique("neuroscan textures"), || Arc::new(Mutex::new(Cache::default())))
            .clone()
    });
    let mut cache = cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    cache.get(context, source, render)
}

/// Bytes of textures kept.
const BUDGET: usize = 96 << 20;

#[derive(Default)]
struct Cache {
    entries: std::collections::HashMap<(usize, [u32; 7]), Entry>,
    bytes: usize,
}

struct Entry {
    /// Keeps the address from being given to other memory.
    source: Source,
    handle: TextureHandle,
    last_used: u64,
}

impl Cache {
    fn get(&mut self, context: &Context, source: &Source, render: &Render) -> TextureId {
        let now = context.cumulative_pass_nr();
        let key = (source.address(), render.key());
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.last_used = now;
            return entry.handle.id();
        }
        let image = colorize(source, render);
        let options = if render.smooth { TextureOptions::LINEAR } else { TextureOptions::NEAREST };
        let size = image.size;
        let handle = if let Some(mut handle) = self.recycle(key.0, size, now) {
            handle.set(image, options);
            handle
        } else {
            self.bytes += 4 * size[0] * size[1];
            context.load_texture("image", image, options)
        };
        let id = handle.id();
        self.entries.insert(key, Entry { source: source.clone(), handle, last_used: now });
        self.evict(now);
        id
    }

    /// An older rendering of the same pixels that no one shows any more.
    fn recycle(&mut self, address: usize, size: [usize; 2], now: u64) -> Option<TextureHandle> {
        let key = self
            .entries
            .iter()
            .filter(|(key, entry)| key.0 == address && entry.last_used + 1 < now && entry.handle.size() == size)
            .min_by_key(|(_, entry)| entry.last_used)
            .map(|(key, _)| *key)?;
        self.entries.remove(&key).map(|entry| entry.handle)
    }

    fn evict(&mut self, now: u64) {
        if self.bytes <= BUDGET {
            return;
        }
        let mut ages: Vec<_> = self.entries.iter().map(|(key, entry)| (entry.last_used, *key)).collect();
        ages.sort_unstable();
        for (last_used, key) in ages {
            if self.bytes <= BUDGET * 3 / 4 || last_used + 1 >= now {
                break;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes = self.bytes.saturating_sub(4 * entry.handle.size().iter().product::<usize>());
                drop(entry.source);
            }
        }
    }
}

fn colorize(source: &Source, render: &Render) -> ColorImage {
    let palette = render.palette();
    match source {
        Source::Plane(plane) => {
            let color = |&value: &f32| {
                let clear = render.marked_from > 0.0 && !is_marked(value, render.marked_from);
                if clear { Color32::TRANSPARENT } else { palette[render.step(value)] }
            };
            ColorImage::new(source.size(), plane.values.iter().map(color).collect())
        }
        Source::Gray(image) => gray(image, render, &palette),
        Source::Case(case) => gray(&case.image, render, &palette),
    }
}

/// Whether a map's value counts as marked from a threshold on; what is no number does not.
pub fn is_marked(value: f32, from: f32) -> bool {
    value.abs() >= from
}

fn gray(image: &GrayImage, render: &Render, palette: &[Color32; 256]) -> ColorImage {
    let table: [Color32; 256] = std::array::from_fn(|value| palette[render.step(value as f32 / 255.0)]);
    let factor = reduction(image.width.max(image.height), render.max_side);
    if factor == 1 {
        let pixels = image.pixels.iter().map(|&value| table[usize::from(value)]).collect();
        return ColorImage::new([image.width as usize, image.height as usize], pixels);
    }
    let (width, height) = ((image.width / factor).max(1) as usize, (image.height / factor).max(1) as usize);
    let (factor, stride) = (factor as usize, image.width as usize);
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut count) = (0u32, 0u32);
            for row in (y * factor..(y + 1) * factor).take_while(|&row| row < image.height as usize) {
                for column in (x * factor..(x + 1) * factor).take_while(|&column| column < stride) {
                    sum += u32::from(image.pixels[row * stride + column]);
                    count += 1;
                }
            }
            pixels.push(table[(sum / count.max(1)) as usize]);
        }
    }
    ColorImage::new([width, height], pixels)
}

/// The greatest power of two that keeps `side` at least `max_side` long, so that no detail on screen is lost.
fn reduction(side: u32, max_side: u32) -> u32 {
    if max_side == 0 {
        return 1;
    }
    let mut factor = 1;
    while side / (factor * 2) >= max_side {
        factor *= 2;
    }
    factor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(value: f32) -> Source {
        Source::Plane(Arc::new(Plane::new(2, 1, vec![value, 0.0])))
    }

    #[test]
    fn the_same_memory_shown_the_same_way_is_uploaded_once() {
        let context = Context::default();
        let (first, second) = (plane(0.5), plane(0.5));
        let render = Render::gray();
        let id = texture(&context, &first, &render);
        assert_eq!(id, texture(&context, &first.clone(), &render));
        assert_ne!(id, texture(&context, &second, &render), "equal pixels elsewhere in memory are another image");
        assert_ne!(id, texture(&context, &first, &Render { invert: true, ..render }));
    }

    #[test]
    fn renderings_no_longer_shown_are_overwritten() {
        let context = Context::default();
        let source = plane(0.5);
        let mut ids = std::collections::HashSet::new();
        for frame in 0..50u8 {
            context.begin_pass(egui::RawInput::default());
            let render = Render { level: f32::from(frame) / 50.0, ..Render::gray() };
            ids.insert(texture(&context, &source, &render));
            context.end_pass().drop_without_applying_deltas();
        }
        assert!(ids.len() <= 3, "{} textures for one image", ids.len());
    }

    #[test]
    fn window_level_and_inversion_move_the_greys() {
        let value = |render: Render, value: f32| colorize(&plane(value), &render).pixels[0].r();
        assert_eq!(value(Render::gray(), 0.0), 0);
        assert_eq!(value(Render::gray(), 1.0), 255);
        assert_eq!(value(Render { invert: true, ..Render::gray() }, 1.0), 0);
        assert_eq!(value(Render { window: 0.5, level: 0.25, ..Render::gray() }, 0.5), 255);
        assert_eq!(value(Render { window: 0.0, ..Render::gray() }, 0.9), 255, "a closed window is a step, not a panic");
        assert_eq!(value(Render::gray(), f32::NAN), 0);
        assert_eq!(value(Render::gray(), 7.0), 255);
    }

    #[test]
    fn overlays_are_clear_where_the_map_is_dark() {
        let pixels = colorize(&plane(1.0), &Render { overlay: true, ..Render::gray() }).pixels;
        assert_eq!((pixels[0].a(), pixels[1].a()), (255, 0));
        let signed = Render { overlay: true, window: 2.0, level: 0.0, ..Render::gray() };
        let pixels = colorize(&plane(-1.0), &signed).pixels;
        assert!(pixels[0].a() == 255 && pixels[1].a() < 2, "{pixels:?}");
    }

    #[test]
    fn marked_places_are_opaque_and_the_rest_is_clear() {
        let render = Render { overlay: true, marked_from: 1.0, ..Render::gray() };
        let alpha = |value: f32| colorize(&plane(value), &render).pixels[0].a();
        assert_eq!((alpha(0.99), alpha(1.0), alpha(7.0), alpha(f32::NAN)), (0, 255, 255, 0));
        let signed = Render { window: 2.0, level: 0.0, ..render };
        assert_eq!(colorize(&plane(-1.5), &signed).pixels[0].a(), 255);
        assert_ne!(render.key(), Render { marked_from: 1.5, ..render }.key());
    }

    #[test]
    fn large_images_are_averaged_down_but_never_below_the_size_asked_for() {
        assert_eq!(reduction(1024, 0), 1);
        assert_eq!(reduction(1024, 210), 4);
        assert_eq!(reduction(200, 210), 1);
        let image = Arc::new(GrayImage::new(4, 2, vec![0, 100, 200, 200, 100, 200, 200, 200]));
        let small = colorize(&Source::Gray(image), &Render { max_side: 2, ..Render::gray() });
        assert_eq!(small.size, [2, 1]);
        assert_eq!((small.pixels[0].r(), small.pixels[1].r()), (100, 200));
    }
}
