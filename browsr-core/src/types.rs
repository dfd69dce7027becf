//! Plain values that several modules share: geometry, viewports, encoded images.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// A point in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a point has two coordinates")]
pub struct Point {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
}

impl Point {
    /// Makes a point.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a rectangle has a corner and a size")]
pub struct Rect {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
}

/// The largest side of a picture, in device pixels.
const MAX_PICTURE_SIDE: f64 = 100_000.0;

/// The largest area of a picture, in device pixels: 2,000 by 80,000.
const MAX_PICTURE_AREA: f64 = 160_000_000.0;

/// Checks that a browser can make a picture of so many CSS pixels: one that is too large ends the process that draws for all
/// of its pages.
///
/// # Errors
///
/// [`TooLarge`](crate::ErrorKind::TooLarge), naming the limit.
pub(crate) fn check_picture(width: f64, height: f64, scale: f64) -> Result<()> {
    let (width, height) = (width * scale, height * scale);
    if width <= MAX_PICTURE_SIDE && height <= MAX_PICTURE_SIDE && width * height <= MAX_PICTURE_AREA {
        return Ok(());
    }
    let message = format!(
        "a picture of {width:.0} by {height:.0} pixels is too large: a side may have {MAX_PICTURE_SIDE:.0}, and all of it \
         {MAX_PICTURE_AREA:.0}; take it of a part, or of the viewport while scrolling"
    );
    Err(Error::new(ErrorKind::TooLarge, message))
}

/// The size of a page's visible area.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Viewport {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Device pixels per CSS pixel.
    #[serde(default = "one")]
    pub device_scale_factor: f64,
}

fn one() -> f64 {
    1.0
}

impl Viewport {
    /// The largest side that a viewport may have, in CSS pixels.
    pub const MAX_SIDE: u32 = 10_000;

    /// Makes a viewport with one device pixel per CSS pixel.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height, device_scale_factor: 1.0 }
    }

    /// Sets the device pixels per CSS pixel.
    #[must_use]
    pub const fn with_device_scale_factor(mut self, factor: f64) -> Self {
        self.device_scale_factor = factor;
        self
    }

    /// Checks that a browser can have this viewport.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the field.
    pub fn validate(self) -> Result<()> {
        for (field, side) in [("viewport.width", self.width), ("viewport.height", self.height)] {
            if side == 0 || side > Self::MAX_SIDE {
                return Err(Error::invalid(field, format!("{field} is {side}; it must be 1 to {}", Self::MAX_SIDE)));
            }
        }
        if !(self.device_scale_factor > 0.0 && self.device_scale_factor <= 10.0) {
            return Err(Error::invalid(
                "viewport.device_scale_factor",
                "viewport.device_scale_factor must be above 0 and at most 10",
            ));
        }
        check_picture(self.width.into(), self.height.into(), self.device_scale_factor)
            .map_err(|error| Error::invalid("viewport", error.message().to_owned()))
    }
}

impl Default for Viewport {
    /// 1280 by 720.
    fn default() -> Self {
        Self::new(1280, 720)
    }
}

/// How an image is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ImageFormat {
    /// Portable Network Graphics, lossless.
    #[default]
    Png,
    /// JPEG, lossy.
    Jpeg,
    /// WebP, lossy here.
    Webp,
}

impl ImageFormat {
    /// Returns the name, which is also the usual file extension.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }

    /// Returns the media type.
    pub const fn mime_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

impl FromStr for ImageFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "png" => Ok(Self::Png),
            "jpeg" | "jpg" => Ok(Self::Jpeg),
            "webp" => Ok(Self::Webp),
            other => Err(Error::invalid("format", format!("unknown image format {other:?}; use png, jpeg or webp"))),
        }
    }
}

/// An image as bytes of a file.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncodedImage {
    /// The file.
    pub bytes: Bytes,
    /// How it is encoded.
    pub format: ImageFormat,
}

impl EncodedImage {
    /// Makes an image of the bytes of a file.
    pub fn new(bytes: impl Into<Bytes>, format: ImageFormat) -> Self {
        Self { bytes: bytes.into(), format }
    }

    /// Returns the file as base64, without a `data:` prefix.
    pub fn to_base64(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&self.bytes)
    }
}

impl Serialize for EncodedImage {
    /// Writes `format` and the file as base64 in `data`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("EncodedImage", 2)?;
        out.serialize_field("format", &self.format)?;
        out.serialize_field("data", &self.to_base64())?;
        out.end()
    }
}

impl fmt::Debug for EncodedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedImage").field("format", &self.format).field("bytes", &self.bytes.len()).finish()
    }
}
