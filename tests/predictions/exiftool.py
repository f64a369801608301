"""A real exiftool (Debian's, installed where it is missing and the tests may): what files tell.

It reads hundreds of kinds of metadata with parsers of its own, so it sees what ours might not.
"""

import json
import shutil
import subprocess
from pathlib import Path

from tests.installing import apt, install
from tests.kept import one_process

# What it says of a file as such, and of the form and the colours of its pixels.
NOTHING = {"SourceFile", "ExifTool", "System", "File", "Composite"}
FORM = {
    "JFIF": "JFIFVersion ResolutionUnit XResolution YResolution",
    "Adobe": "DCTEncodeVersion APP14Flags0 APP14Flags1 ColorTransform",
    "IFD0": "Orientation",
    "ICC-header": """
        ProfileCMMType ProfileVersion ProfileClass ColorSpaceData ProfileConnectionSpace
        ProfileDateTime ProfileFileSignature PrimaryPlatform CMMFlags DeviceManufacturer DeviceModel
        DeviceAttributes RenderingIntent ConnectionSpaceIlluminant ProfileCreator ProfileID
    """,
    "ICC_Profile": """
        MediaWhitePoint MediaBlackPoint ChromaticAdaptation RedMatrixColumn GreenMatrixColumn
        BlueMatrixColumn RedTRC GreenTRC BlueTRC GrayTRC AToB0 AToB1 AToB2 BToA0 BToA1 BToA2
    """,
    "PNG": """
        ImageWidth ImageHeight BitDepth ColorType Compression Filter Interlace Palette Transparency
        Gamma WhitePointX WhitePointY RedX RedY GreenX GreenY BlueX BlueY BackgroundColor
        SignificantBits SRGBRendering AnimationFrames AnimationPlays ProfileName ColorPrimaries
        TransferCharacteristics MatrixCoefficients VideoFullRangeFlag
    """,
    "GIF": """
        GIFVersion ImageWidth ImageHeight HasColorMap ColorResolutionDepth BitsPerPixel
        BackgroundColor PixelAspectRatio AnimationIterations FrameCount Duration TransparentColor
    """,
    "RIFF": """
        VP8Version ImageWidth ImageHeight HorizontalScale VerticalScale WebP_Flags AlphaIsUsed
        BackgroundColor AnimationLoopCount FrameCount Duration AlphaPreprocessing AlphaFiltering
        AlphaCompression
    """,
    "Meta": "PrimaryItemReference",
    "QuickTime": """
        MajorBrand MinorVersion CompatibleBrands HandlerType ImageSpatialExtent ImagePixelDepth
        AV1ConfigurationVersion SeqProfile SeqLevelIdx0 SeqTier0 HighBitDepth TwelveBit ChromaFormat
        ChromaSamplePosition InitialDelaySamples ColorProfiles ColorPrimaries
        TransferCharacteristics MatrixCoefficients VideoFullRangeFlag Rotation Unknown_imir
        MediaDataSize MediaDataOffset MediaData AuxiliaryImageType HEVCConfigurationVersion
        GeneralProfileSpace GeneralTierFlag GeneralProfileIDC GenProfileCompatibilityFlags
        ConstraintIndicatorFlags GeneralLevelIDC MinSpatialSegmentationIDC ParallelismType
        BitDepthLuma BitDepthChroma AverageFrameRate ConstantFrameRate NumTemporalLayers
        TemporalIDNested CleanAperture
    """,
}
# Bytes of what tells a decoder how the pixels are coded, for which it has no names.
CONFIGURATION = ("QuickTime_HEVCConfig_", "QuickTime_AV1Config", "QuickTime_ColorRep_")
EMPTY = ("", 0, "0000:00:00 00:00:00", "Unknown ()", "Reflective, Glossy, Positive, Color")


class NoExiftool(Exception):
    """Says what to install."""


def find_or_install() -> str:
    """Path of exiftool. Raises NoExiftool."""
    with one_process("installing"):
        if shutil.which("exiftool") is None:
            install("The tests need exiftool", apt("libimage-exiftool-perl"))
    found = shutil.which("exiftool")
    if found is None:
        raise NoExiftool(
            "The tests need exiftool and it could not be installed: install the package "
            "`libimage-exiftool-perl`, so that `exiftool` is on PATH."
        )
    return found


def told(folder: Path) -> dict[str, dict[str, object]]:
    """What each file of a folder tells beside its pixels: by file name, then by tag."""
    command = [find_or_install(), "-json", "-all", "-a", "-u", "-U", "-ee", "-G1", "-short", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return {
        Path(file["SourceFile"]).name: {
            tag: value for tag, value in file.items() if tells(*tag.partition(":")[::2], value)
        }
        for file in json.loads(done.stdout)
    }


def tells(group: str, tag: str, value: object) -> bool:
    """Whether a tag says more than how the pixels are kept."""
    if group in NOTHING:
        return tag == "Comment"
    if group == "ICC-header" and tag.startswith(("Device", "ProfileC", "ProfileD", "ProfileI")):
        return tag not in ("ProfileClass", "ProfileConnectionSpace") and value not in EMPTY
    if group == "QuickTime" and tag.startswith(CONFIGURATION):
        return False
    return tag not in FORM.get(group, "").split()
