#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/dataset.h"
#include "io/labels.h"

namespace wardmark {

/// What `dc:subject` lists in the XMP packets of a file (JPEG, TIFF, WebP, PNG where it is not compressed, sidecar), in
/// order, NFC. Works on bytes, parses no XML. Never throws for bad input. Linear.
std::vector<std::string> xmp_subjects(ByteView file);

/// The Keywords (2:25) of the IPTC record of a file: in Photoshop resources, or as the IPTC tag of a TIFF; NFC. Text
/// that is not UTF-8 is taken as Latin-1. Never throws for bad input. Linear.
std::vector<std::string> iptc_keywords(ByteView file);

/// Gives every item the first of its keywords that is among `classes`; items without one leave the items and join the
/// companions (left_unlabelled). `files` returns what is to be looked at for an item: its own bytes, its sidecars.
/// Error(labels_format) when no item has a class.
void label_by_keywords(const LabelSource& source, const std::vector<std::string>& classes,
                       const std::function<std::vector<Bytes>(const Item&)>& files, Survey& survey);

}  // namespace wardmark
