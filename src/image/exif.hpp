#pragma once

#include "image/decode.hpp"

namespace netherlink::image {

/// The orientation (1 to 8) that an APP1 segment of a JPEG names; 1 where it names none.
int exif_orientation(Bytes segment);

}  // namespace netherlink::image
