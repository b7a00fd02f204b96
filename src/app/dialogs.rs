//! The system's dialogs and file manager, each on a thread of its own, so that the window goes on drawing.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use rfd::{AsyncFileDialog, FileHandle};

use super::unasked;
use super::workbench::Asker;
use crate::domain::{Benchmark, GroupTable, ThresholdRule};
use crate::engine::message::{EngineCommand, Failure};
use crate::ui::command::Commands;
use crate::ui::state::ToastMessage;

/// Endings of the files that can be read.
const IMAGES: [&str; 11] = ["png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff", "webp", "pgm", "pnm", "jpe"];
/// Endings of tables.
const TABLES: [&str; 3] = ["csv", "tsv", "txt"];
/// Nobody calls a dialog off this fast: there was none.
const TOO_FAST: Duration = Duration::from_millis(250);

/// What a dialog is for.
pub(crate) enum Ask {
    DataFolder,
    Images,
    SaveText { suggested_name: String, text: String },
    Groups,
    BenchmarkFolder(Arc<Benchmark>, Option<Arc<GroupTable>>, ThresholdRule),
    SavePicture { suggested_name: String, picture: Picture },
}

/// A part of the window, as drawn.
pub(crate) struct Picture {
    pub window: Arc<egui::ColorImage>,
    /// Logical points: left, top, right, bottom.
    pub rect: [f32; 4],
    pub pixels_per_point: f32,
}

/// What comes back.
pub(crate) enum Reply {
    Open(PathBuf),
    Images(Vec<PathBuf>),
    Engine(Box<EngineCommand>),
    Toast(ToastMessage),
    /// A line of the log.
    Log(String),
    /// A picture that is still to be saved.
    Picture {
        suggested_name: String,
        picture: Picture,
    },
}

/// Where replies go, and who is told that there is one.
#[derive(Clone)]
pub(crate) struct Replies {
    pub sender: Sender<Reply>,
    pub context: egui::Context,
}

impl Replies {
    pub fn send(&self, reply: Reply) {
        if self.sender.send(reply).is_ok() {
            self.context.request_repaint();
        }
    }

    /// Runs `work` on a thread of its own; a panic in it ends that thread only.
    fn on_thread(&self, work: impl FnOnce(&Self) + Send + 'static) {
        let replies = self.clone();
        let spawned = std::thread::Builder::new().name("dialog".to_owned()).spawn(move || work(&replies));
        if let Err(error) = spawned {
            self.send(Reply::Toast(ToastMessage::Error(Failure {
                message: format!("Cannot start a thread: {error}"),
                advice: String::new(),
            })));
        }
    }
}

/// Opens dialogs; where the system has none, exports go to `exports_dir`.
pub(crate) fn asker(exports_dir: PathBuf) -> Asker {
    Box::new(move |asked, parent, replies| ask(asked, parent, &exports_dir, replies))
}

/// Opens a dialog; returns at once.
fn ask(ask: Ask, parent: &eframe::Frame, exports_dir: &Path, replies: &Replies) {
    let dialog = AsyncFileDialog::new().set_parent(parent);
    match ask {
        Ask::DataFolder => {
            let chosen = dialog.set_title("Open a folder of X-rays").pick_folder();
            wait(replies, chosen, |folder| Reply::Open(path(&folder)), || no_dialog("the folder"));
        }
        Ask::Images => {
            let chosen = dialog.set_title("Open images").add_filter("Images", &IMAGES).pick_files();
            wait(replies, chosen, |files| Reply::Images(files.iter().map(path).collect()), || no_dialog("the images"));
        }
        Ask::Groups => {
            let chosen = dialog.set_title("Open a table of groups").add_filter("Tables", &TABLES).pick_file();
            wait(replies, chosen, |file| read_groups(path(&file)), || no_dialog("the table (CSV)"));
        }
        Ask::BenchmarkFolder(benchmark, groups, rule) => {
            let chosen = dialog.set_title("Write tables and figures into a folder").pick_folder();
            let name = unasked::benchmark_name(&benchmark.data_name);
            save(replies, chosen, Unasked { folder: exports_dir.to_path_buf(), name }, move |folder| {
                EngineCommand::ExportBenchmark { job: Commands::new_job(), benchmark, groups, rule, folder }
            });
        }
        Ask::SaveText { suggested_name, text } => {
            let chosen = dialog.set_title("Save").set_file_name(&suggested_name).save_file();
            let unasked = Unasked { folder: exports_dir.to_path_buf(), name: suggested_name };
            save(replies, chosen, unasked, move |path| EngineCommand::ExportText {
                job: Commands::new_job(),
                text,
                path,
            });
        }
        Ask::SavePicture { suggested_name, picture } => {
            let chosen = dialog.set_title("Save the picture").set_file_name(&suggested_name).save_file();
            let unasked = Unasked { folder: exports_dir.to_path_buf(), name: suggested_name };
            save(replies, chosen, unasked, move |path| picture.export(path));
        }
    }
}

fn read_groups(path: PathBuf) -> Reply {
    Reply::Engine(Box::new(EngineCommand::ReadGroups { job: Commands::new_job(), path }))
}

fn path(file: &FileHandle) -> PathBuf {
    file.path().to_path_buf()
}

fn no_dialog(what: &str) -> Reply {
    Reply::Toast(ToastMessage::Warning(unasked::drop_instead(what)))
}

/// Where an export goes that nobody could be asked about.
struct Unasked {
    folder: PathBuf,
    /// A number is added where it is taken.
    name: String,
}

/// Exports to what is chosen; where there was no dialog, to a free place in the folder of exports.
fn save(
    replies: &Replies,
    chosen: impl Future<Output = Option<FileHandle>> + Send + 'static,
    unasked: Unasked,
    export: impl FnOnce(PathBuf) -> EngineCommand + Send + 'static,
) {
    replies.on_thread(move |replies| {
        let path = match answer(chosen) {
            Answer::Chosen(file) => path(&file),
            Answer::CalledOff => return,
            Answer::NoDialog => {
                let path = unasked::free_path(&unasked.folder, &unasked.name);
                replies.send(Reply::Log(unasked::written_to(&path)));
                path
            }
        };
        replies.send(Reply::Engine(Box::new(export(path))));
    });
}

/// Does what follows from what is chosen, or from there being no dialog.
fn wait<T>(
    replies: &Replies,
    chosen: impl Future<Output = Option<T>> + Send + 'static,
    then: impl FnOnce(T) -> Reply + Send + 'static,
    without: impl FnOnce() -> Reply + Send + 'static,
) {
    replies.on_thread(move |replies| {
        let reply = match answer(chosen) {
            Answer::Chosen(chosen) => Some(then(chosen)),
            Answer::CalledOff => None,
            Answer::NoDialog => Some(without()),
        };
        if let Some(reply) = reply {
            replies.send(reply);
        }
    });
}

enum Answer<T> {
    Chosen(T),
    CalledOff,
    NoDialog,
}

fn answer<T>(chosen: impl Future<Output = Option<T>>) -> Answer<T> {
    let asked = Instant::now();
    match block_on(chosen) {
        Some(chosen) => Answer::Chosen(chosen),
        None if asked.elapsed() < TOO_FAST => Answer::NoDialog,
        None => Answer::CalledOff,
    }
}

/// Waits for a future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(result) => return result,
            Poll::Pending => std::thread::park(),
        }
    }
}

impl Picture {
    /// The command that writes the part; a name without an ending becomes a PNG.
    fn export(&self, mut path: PathBuf) -> EngineCommand {
        if path.extension().is_none() {
            path.set_extension("png");
        }
        let (width, height, rgba) = self.cut();
        EngineCommand::ExportImage { job: Commands::new_job(), width, height, rgba: Arc::new(rgba), path }
    }

    fn cut(&self) -> (u32, u32, Vec<u8>) {
        let [width, height] = self.window.size;
        let pixel = |points: f32, most: usize| ((points * self.pixels_per_point).round().max(0.0) as usize).min(most);
        let [left, top, right, bottom] = self.rect;
        let columns = pixel(left, width)..pixel(right, width).max(pixel(left, width));
        let rows = pixel(top, height)..pixel(bottom, height).max(pixel(top, height));
        let mut rgba = Vec::with_capacity(columns.len() * rows.len() * 4);
        for row in rows.clone() {
            for pixel in &self.window.pixels[row * width + columns.start..row * width + columns.end] {
                rgba.extend_from_slice(&[pixel.r(), pixel.g(), pixel.b(), 255]);
            }
        }
        (columns.len() as u32, rows.len() as u32, rgba)
    }
}

/// Tells folders, tables and images apart, which asks the disk, and hands them on.
pub(crate) fn dropped(paths: Vec<PathBuf>, replies: &Replies) {
    replies.on_thread(move |replies| {
        let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
        let is_table = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let (tables, images): (Vec<_>, Vec<_>) = files.into_iter().partition(is_table);
        if let Some(folder) = folders.into_iter().next() {
            replies.send(Reply::Open(folder));
        } else if let Some(table) = tables.into_iter().next() {
            replies.send(read_groups(table));
        } else if !images.is_empty() {
            replies.send(Reply::Images(images));
        }
    });
}

/// Shows a folder in the system's file manager.
pub(crate) fn open_folder(folder: PathBuf, replies: &Replies) {
    replies.on_thread(move |replies| {
        if let Err(reason) = open(&folder) {
            let message = format!("Cannot open the file manager: {reason}: {}", folder.display());
            replies.send(Reply::Toast(ToastMessage::Error(Failure { message, advice: String::new() })));
        }
    });
}

fn open(folder: &Path) -> Result<(), String> {
    if !folder.is_dir() {
        return Err("the folder is not there".to_owned());
    }
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let null = Stdio::null;
    let ended = Command::new(program).arg(folder).stdin(null()).stdout(null()).stderr(null()).status();
    match ended {
        // Explorer's status says nothing.
        Ok(status) if status.success() || cfg!(windows) => Ok(()),
        Ok(status) => Err(format!("{program} ended with {status}")),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies() -> (Replies, crossbeam_channel::Receiver<Reply>) {
        let (sender, receiver) = crossbeam_channel::unbounded();
        (Replies { sender, context: egui::Context::default() }, receiver)
    }

    #[test]
    fn a_part_of_the_window_is_cut_out_by_pixels() {
        let pixels = (0..12u8).map(egui::Color32::from_gray).collect();
        let window = Arc::new(egui::ColorImage::new([4, 3], pixels));
        let picture = |rect| Picture { window: window.clone(), rect, pixels_per_point: 2.0 };
        let (width, height, rgba) = picture([0.5, 0.5, 1.5, 1.5]).cut();
        assert_eq!((width, height), (2, 2));
        assert_eq!(rgba.chunks(4).map(|pixel| pixel[0]).collect::<Vec<_>>(), [5, 6, 9, 10]);
        assert_eq!(picture([-9.0, -9.0, 99.0, 99.0]).cut().2.len(), 4 * 12);
        assert_eq!(picture([5.0, 5.0, 1.0, 1.0]).cut().2.len(), 0);
    }

    #[test]
    fn a_dropped_folder_is_opened_images_are_compared_and_a_table_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        std::fs::write(&file, [0]).unwrap();
        let (replies, receiver) = replies();
        dropped(vec![file.clone(), folder.path().to_path_buf()], &replies);
        let wait = Duration::from_secs(5);
        assert!(matches!(receiver.recv_timeout(wait), Ok(Reply::Open(path)) if path == folder.path()));
        dropped(vec![file.clone()], &replies);
        assert!(matches!(receiver.recv_timeout(wait), Ok(Reply::Images(files)) if files == [file]));
        let table = folder.path().join("patients.CSV");
        std::fs::write(&table, "path,sex\n").unwrap();
        dropped(vec![table.clone()], &replies);
        let Ok(Reply::Engine(command)) = receiver.recv_timeout(wait) else { panic!("no command") };
        assert!(matches!(*command, EngineCommand::ReadGroups { path, .. } if path == table));
    }

    #[test]
    fn a_folder_that_is_gone_is_named() {
        let (replies, receiver) = replies();
        open_folder(PathBuf::from("/no/such/folder"), &replies);
        match receiver.recv_timeout(Duration::from_secs(5)) {
            Ok(Reply::Toast(ToastMessage::Error(failure))) => assert!(failure.message.ends_with("/no/such/folder")),
            _ => panic!("nothing was said"),
        }
    }

    #[test]
    fn without_a_dialog_an_export_goes_to_a_free_place_and_opening_says_what_to_drop() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("log.txt"), [0]).unwrap();
        let (replies, receiver) = replies();
        let wait_for = Duration::from_secs(5);
        let unasked = Unasked { folder: folder.path().to_path_buf(), name: "log.txt".to_owned() };
        save(&replies, std::future::ready(None), unasked, |path| EngineCommand::ExportText {
            job: Commands::new_job(),
            text: String::new(),
            path,
        });
        let free = folder.path().join("log-2.txt");
        let log = receiver.recv_timeout(wait_for);
        assert!(matches!(log, Ok(Reply::Log(text)) if text.ends_with(&free.display().to_string())));
        let Ok(Reply::Engine(command)) = receiver.recv_timeout(wait_for) else { panic!("no command") };
        assert!(matches!(*command, EngineCommand::ExportText { path, .. } if path == free));
        wait(&replies, std::future::ready(None::<()>), |()| Reply::Log(String::new()), || no_dialog("the folder"));
        let said = receiver.recv_timeout(wait_for);
        assert!(matches!(said, Ok(Reply::Toast(ToastMessage::Warning(text))) if text.contains("Drop the folder onto")));
    }

    #[test]
    fn a_future_that_wakes_later_is_waited_for() {
        let mut polls = 0;
        let result = block_on(std::future::poll_fn(move |context| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready(polls);
            }
            let waker = context.waker().clone();
            std::thread::spawn(move || waker.wake());
            Poll::Pending
        }));
        assert_eq!(result, 3);
    }
}
