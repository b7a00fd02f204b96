//! The images themselves: filters over a grid of thumbnails.

use std::sync::Arc;

use egui::{CornerRadius, Key, Popup, Rect, Role, Sense, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::domain::{CaseRef, DataSetSummary, Label, Split, thousands};
use crate::engine::message::Failure;
use crate::ui::command::{Commands, UiCommand};
use crate::ui::data::filter::{About, Filter, kinds};
use crate::ui::data::{DataView, SIDES, words};
use crate::ui::icons;
use crate::ui::state::{State, ThumbnailRequests};
use crate::ui::textures::{self, Render, Source};
use crate::ui::theme::{self, font, radius};
use crate::ui::widgets::{
    Button, Card, Cell, Dropdown, EmptyState, IconButton, Segmented, Slider, ThumbnailGrid, menu_item, menu_label,
    paint,
};

/// Width of the slider with its icon.
const SLIDER: f32 = 92.0;

/// What the grid remembers from frame to frame.
#[derive(Debug, Default)]
pub struct GridView {
    /// To be scrolled to.
    reveal: Option<usize>,
    columns: usize,
    requests: ThumbnailRequests,
}

impl DataView {
    pub(super) fn grid_ui(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        state: &State,
        data: &Arc<DataSetSummary>,
        commands: &mut Commands,
    ) {
        Card::new(rect).show(ui, |ui| {
            let mut inner = ui.max_rect();
            if let Some(failure) =
                state.data_failure.as_ref().filter(|failure| self.dismissed.as_ref() != Some(*failure))
            {
                let banner = Rect::from_min_size(inner.min, vec2(inner.width(), 54.0));
                if banner_ui(ui, banner, failure, commands) {
                    self.dismissed = Some(failure.clone());
                }
                inner.min.y = banner.bottom() + 10.0;
            }
            let bar = Rect::from_min_size(inner.min, vec2(inner.width(), 28.0));
            self.toolbar_ui(ui, bar, state, data);
            let below = Rect::from_min_max(pos2(inner.left(), bar.bottom() + 5.0), inner.max + vec2(8.0, 8.0));
            if self.shown.ids.is_empty() {
                if EmptyState::new(icons::FUNNEL_SIMPLE, "No image passes these filters.")
                    .button("Show all images")
                    .show(ui, below)
                {
                    self.filter = Filter::default();
                }
                return;
            }
            self.keys(ui, commands);
            ui.scope_builder(UiBuilder::new().id_salt("thumbnails").max_rect(below), |ui| {
                self.thumbnails_ui(ui, state, data, commands);
            });
        });
    }

    fn toolbar_ui(&mut self, ui: &mut Ui, rect: Rect, state: &State, data: &DataSetSummary) {
        let theme = theme::of(ui);
        let controls = Rect::from_min_max(rect.min, pos2(rect.right() - SLIDER - 8.0, rect.bottom()));
        ui.scope_builder(UiBuilder::new().max_rect(controls), |ui| {
            ui.horizontal(|ui| {
                if data.samples.iter().any(|sample| sample.label.is_some()) {
                    let all = format!("All {}", thousands(self.shown.of_any_class));
                    let diseased = words::diseased_word(data);
                    Segmented::new("Class")
                        .option(None, &all)
                        .option_with_mark(Some(Label::Healthy), "Healthy", Label::Healthy)
                        .option_with_mark(Some(Label::Diseased), &diseased, Label::Diseased)
                        .show(ui, &mut self.filter.label);
                    let mut splits = Segmented::new("Split").option(None, "Any");
                    for split in Split::ALL.into_iter().filter(|split| data.ids(*split, None).next().is_some()) {
                        splits = splits.option(Some(split), split.name());
                    }
                    splits.show(ui, &mut self.filter.split);
                }
                about_ui(ui, controls.right(), state, data, &mut self.filter);
            });
        });
        let slider = Rect::from_min_size(pos2(rect.right() - SLIDER, rect.top()), vec2(SLIDER, rect.height()));
        let icon = pos2(slider.left() + 8.0, slider.center().y);
        paint::icon(ui.painter(), icon, icons::GRID_NINE, 16.0, theme.secondary);
        let place = Rect::from_min_max(pos2(slider.left() + 24.0, slider.center().y - 10.0), slider.max);
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
            ui.add(Slider::new("Thumbnail size", &mut self.side, SIDES).step(4.0).width(place.width()));
        });
    }

    fn thumbnails_ui(&mut self, ui: &mut Ui, state: &State, data: &DataSetSummary, commands: &mut Commands) {
        let (ids, copies, selected) = (&self.shown.ids, &self.shown.copies, self.selected);
        let reveal = self.grid.reveal.take().filter(|index| *index < ids.len());
        let response = ThumbnailGrid::new(ids.len()).side(self.side).scroll_to(reveal).show(ui, |ui, index| {
            let id = ids[index];
            Cell {
                name: words::describe(data, id),
                texture: state.thumbnails.get(&id).map(|image| {
                    let aspect = image.width as f32 / image.height.max(1) as f32;
                    (textures::texture(ui.ctx(), &Source::Gray(image.clone()), &Render::gray()), aspect)
                }),
                mark: data.sample(id).and_then(|sample| sample.label),
                badge: copies.contains(&id).then_some("copy"),
                selected: selected == Some(id),
            }
        });
        // A row more on either side, so that slow scrolling never shows an empty place.
        let margin = response.columns;
        let wanted = response.visible.start.saturating_sub(margin)..(response.visible.end + margin).min(ids.len());
        self.grid.requests.ask(ui, state, ids[wanted].iter().copied(), commands);
        self.grid.columns = response.columns;
        let by_key = ui.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Space));
        if let Some(index) = response.clicked {
            let id = ids[index];
            if by_key && selected == Some(id) {
                commands.push(UiCommand::ShowCase(CaseRef::Sample(id)));
            }
            self.selected = Some(id);
        }
        if let Some(index) = response.double_clicked {
            commands.push(UiCommand::ShowCase(CaseRef::Sample(ids[index])));
        }
    }

    /// Arrow keys walk through the grid, Enter shows the selected image; only while no control has the keyboard.
    fn keys(&mut self, ui: &Ui, commands: &mut Commands) {
        if ui.memory(|memory| memory.focused().is_some()) || Popup::is_any_open(ui.ctx()) {
            return;
        }
        let columns = self.grid.columns.max(1) as isize;
        let step = ui.input(|input| {
            let presses = |key| input.num_presses(key) as isize;
            presses(Key::ArrowRight) - presses(Key::ArrowLeft)
                + columns * (presses(Key::ArrowDown) - presses(Key::ArrowUp))
        });
        let position = self.selected.and_then(|id| self.shown.ids.iter().position(|shown| *shown == id));
        if step != 0 && !self.shown.ids.is_empty() {
            let last = self.shown.ids.len() - 1;
            let next = position.map_or(0, |at| at.saturating_add_signed(step).min(last));
            self.selected = self.shown.ids.get(next).copied();
            self.grid.reveal = Some(next);
        } else if let (Some(id), true) = (self.selected, ui.input(|input| input.key_pressed(Key::Enter))) {
            commands.push(UiCommand::ShowCase(CaseRef::Sample(id)));
        }
    }
}

/// The menu of kinds and findings.
fn about_ui(ui: &mut Ui, right: f32, state: &State, data: &DataSetSummary, filter: &mut Filter) {
    let text = filter.about.as_ref().map_or("Finding", About::text).to_owned();
    let room = right - ui.cursor().left();
    let bare = 41.0 + paint::width(ui, &text, font::body());
    let menu = Dropdown::new("Finding", &text);
    let menu = if room >= bare + 21.0 {
        menu.icon(icons::FUNNEL_SIMPLE).width(bare + 21.0)
    } else {
        menu.width(bare.min(room).max(62.0))
    };
    menu.show(ui, |ui| {
        if menu_item(ui, "Any finding", "", None, filter.about.is_none()).clicked() {
            filter.about = None;
        }
        let kinds = kinds(data);
        if kinds.len() > 1 {
            menu_label(ui, "In the file or folder name");
        }
        for (kind, count) in kinds.into_iter().filter(|_| data.samples.len() > 1) {
            let about = About::Kind(kind.to_owned());
            let selected = filter.about.as_ref() == Some(&about);
            if menu_item(ui, kind, &thousands(count), None, selected).clicked() {
                filter.about = Some(about);
            }
        }
        let findings = state.findings.iter().flat_map(|(findings, _)| findings.iter());
        let mut findings = findings.filter(|finding| !finding.samples.is_empty()).peekable();
        if findings.peek().is_some() {
            menu_label(ui, "Found by the check");
        }
        for finding in findings {
            let selected = filter.about.as_ref() == Some(&About::Finding(finding.title.clone()));
            let count = thousands(finding.samples.len());
            if menu_item(ui, &finding.title, &count, None, selected).clicked() {
                *filter = Filter::finding(finding);
            }
        }
    });
}

/// Says that another folder could not be opened while this one stays; true when it was closed.
fn banner_ui(ui: &mut Ui, rect: Rect, failure: &Failure, commands: &mut Commands) -> bool {
    let theme = theme::of(ui);
    ui.painter().rect(
        rect,
        CornerRadius::same(radius::CONTROL),
        theme.raised,
        theme.border_stroke(),
        StrokeKind::Inside,
    );
    paint::filled_icon(ui.painter(), pos2(rect.left() + 20.0, rect.center().y), icons::WARNING, 18.0, theme.caution);
    let close = Rect::from_center_size(pos2(rect.right() - 22.0, rect.center().y), vec2(28.0, 28.0));
    let choose = Button::secondary("Choose another…").name("Choose another folder");
    let width = choose.natural_width(ui);
    let button = Rect::from_center_size(pos2(close.left() - 8.0 - width / 2.0, rect.center().y), vec2(width, 28.0));
    let lines = Rect::from_min_max(rect.min + vec2(40.0, 8.0), pos2(button.left() - 12.0, rect.bottom() - 8.0));
    let (upper, lower) = lines.split_top_bottom_at_fraction(0.5);
    paint::line(ui, upper, &failure.message, font::body_strong(), theme.text);
    paint::line(ui, lower, &failure.advice, font::body(), theme.secondary);
    let words = format!("{} {}", failure.message, failure.advice);
    let label = ui.interact(lines, ui.scope_id().with("failure"), Sense::hover());
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    label.on_hover_text(words);
    if ui.scope_builder(UiBuilder::new().max_rect(button), |ui| ui.add(choose).clicked()).inner {
        commands.push(UiCommand::PickDataFolder);
    }
    ui.scope_builder(UiBuilder::new().max_rect(close), |ui| {
        ui.add(IconButton::new(icons::X, "Close this message")).clicked()
    })
    .inner
}
