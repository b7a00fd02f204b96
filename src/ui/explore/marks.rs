//! The marks of points as one mesh: a ring for healthy, a disc for diseased, a square for what has no label.

use egui::{Color32, ColorImage, Context, Mesh, Pos2, Rect, TextureHandle, TextureOptions, Vec2, pos2};

use crate::domain::Label;

/// From a mark's centre to its edge, in points.
pub const RADIUS: f32 = 3.6;
/// Width of a ring.
const RING: f32 = 1.5;
/// Marks in the texture.
const KINDS: usize = 3;

/// The marks as a texture, white, drawn for one density of pixels.
pub struct Sprites {
    handle: TextureHandle,
    pixels_per_point: f32,
}

impl Sprites {
    pub fn new(context: &Context) -> Self {
        let pixels_per_point = context.pixels_per_point();
        let handle = context.load_texture("latent marks", drawn(pixels_per_point), TextureOptions::LINEAR);
        Self { handle, pixels_per_point }
    }

    /// True while the window has the density these were drawn for.
    pub fn fits(&self, context: &Context) -> bool {
        self.pixels_per_point == context.pixels_per_point()
    }

    /// An empty mesh for these marks.
    pub fn mesh(&self, count: usize) -> Mesh {
        let mut mesh = Mesh::with_texture(self.handle.id());
        mesh.reserve_vertices(4 * count);
        mesh.reserve_triangles(2 * count);
        mesh
    }

    /// Adds a mark.
    pub fn add(&self, mesh: &mut Mesh, at: Pos2, label: Option<Label>, size: f32, color: Color32) {
        let half = size * cell(self.pixels_per_point) as f32 / 2.0 / self.pixels_per_point;
        let kind = match label {
            Some(Label::Healthy) => 0.0,
            Some(Label::Diseased) => 1.0,
            None => 2.0,
        };
        let uv = Rect::from_min_max(pos2(kind / KINDS as f32, 0.0), pos2((kind + 1.0) / KINDS as f32, 1.0));
        mesh.add_rect_with_uv(Rect::from_center_size(at, Vec2::splat(2.0 * half)), uv, color);
    }
}

/// Pixels a side of one mark with a free pixel all around.
fn cell(pixels_per_point: f32) -> usize {
    (2.0 * RADIUS * pixels_per_point).ceil() as usize + 2
}

fn drawn(pixels_per_point: f32) -> ColorImage {
    let side = cell(pixels_per_point);
    let (outer, inner) = (RADIUS * pixels_per_point, (RADIUS - RING) * pixels_per_point);
    let middle = side as f32 / 2.0;
    let mut pixels = Vec::with_capacity(KINDS * side * side);
    for y in 0..side {
        for x in 0..KINDS * side {
            let (dx, dy) = ((x % side) as f32 + 0.5 - middle, y as f32 + 0.5 - middle);
            let from_middle = dx.hypot(dy);
            // How much of a pixel lies inside an edge at this distance.
            let inside = |edge: f32, distance: f32| (edge - distance + 0.5).clamp(0.0, 1.0);
            let cover = match x / side {
                0 => inside(outer, from_middle) - inside(inner, from_middle),
                1 => inside(outer, from_middle),
                _ => inside(0.85 * outer, dx.abs().max(dy.abs())),
            };
            pixels.push(Color32::from_white_alpha((cover * 255.0).round() as u8));
        }
    }
    ColorImage::new([KINDS * side, side], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_hollow_a_disc_is_not_and_all_have_a_free_edge() {
        for pixels_per_point in [0.8, 1.0, 2.0, 3.5] {
            let image = drawn(pixels_per_point);
            let side = cell(pixels_per_point);
            let alpha = |x: usize, y: usize| image.pixels[y * KINDS * side + x].a();
            let middle = side / 2;
            assert!(alpha(middle, middle) < 60, "{}", alpha(middle, middle));
            assert_eq!(alpha(side + middle, middle), 255);
            assert_eq!(alpha(2 * side + middle, middle), 255);
            for at in 0..side {
                assert!(alpha(at, 0) < 140 && alpha(side + at, 0) < 140 && alpha(2 * side, at) < 140);
            }
        }
    }

    #[test]
    fn a_mark_is_one_rectangle() {
        let context = Context::default();
        let sprites = Sprites::new(&context);
        assert!(sprites.fits(&context));
        let mut mesh = sprites.mesh(2);
        sprites.add(&mut mesh, pos2(10.0, 20.0), Some(Label::Diseased), 1.0, Color32::WHITE);
        sprites.add(&mut mesh, pos2(10.0, 20.0), None, 1.0, Color32::WHITE);
        assert_eq!((mesh.vertices.len(), mesh.indices.len()), (8, 12));
        assert!(mesh.is_valid());
        assert_eq!(mesh.calc_bounds().center(), pos2(10.0, 20.0));
    }
}
