#![doc = include_str!("../README.md")]

mod assets;
mod chart;
mod controls;
mod edit;
mod facts;
pub mod live;
mod page;
mod path;
mod render;
mod summary;
mod text;

pub use page::{Charge, Clip, Edit, Page, State, Time};
pub use path::{MediaPath, OutsideFolder};
pub use render::render;
