using System.Text.RegularExpressions;
using GifShare.Media;
using GifShare.ObjectStore;

namespace GifShare.Grains.Media;

/// <summary>Validation of announced uploads (api.md, Media). Pure: no store, no grain.</summary>
public static partial class MediaRules
{
    private const int MaxGivenName = 1000, MaxAltText = 1000, MaxETag = 200;

    public static Result<NewMedia> Check(NewMedia command, MediaOptions options)
    {
        var fields = new RequestValidator();
        var name = FileNames.Clean(command.FileName);
        if (name is null || command.FileName.Length > MaxGivenName)
            fields.Refuse("fileName", $"A name of 1 to {FileNames.MaxLength} characters is expected.");
        if (!ContentType().IsMatch(command.ContentType))
            fields.Refuse("contentType", "A media type such as image/gif is expected.");
        if (command.Size < 1 || command.Size > options.MaxFileBytes)
            fields.Refuse("size", $"1 to {options.MaxFileBytes} bytes are allowed.");
        if (command.Sha256 is { } hash && !Sha256().IsMatch(hash))
            fields.Refuse("sha256", "64 hexadecimal digits are expected.");
        var altText = fields.OptionalText("altText", command.AltText, MaxAltText);
        return fields.AreValid
            ? command with { FileName = name!, ContentType = command.ContentType.ToLowerInvariant(), Sha256 = command.Sha256?.ToLowerInvariant(), AltText = altText }
            : fields.Error;
    }

    /// <summary>The manifest as stored parts: all parts of the upload, each once, in order.</summary>
    public static Result<IReadOnlyList<ReceivedPart>> Check(Manifest manifest, OpenUpload upload)
    {
        var count = upload.PartCount;
        if (manifest.Parts.IsDefault || manifest.Parts.Length != count)
            return Error.Invalid("parts", $"This upload has {count} parts; all of them are expected, in order of their numbers.");
        var parts = new ReceivedPart[count];
        for (var i = 0; i < count; i++)
        {
            var (number, etag) = (manifest.Parts[i].Number, manifest.Parts[i].ETag.Trim('"'));
            if (number != i + 1)
                return Error.Invalid("parts", $"Part {i + 1} is expected instead of part {number}.");
            if (etag.Length is 0 or > MaxETag)
                return Error.Invalid("parts", $"Part {number} needs the ETag of its answer.");
            parts[i] = new(number, etag, upload.LengthOf(number));
        }

        return new Result<IReadOnlyList<ReceivedPart>>(parts, null);
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9!#$&^_.+-]{1,60}/[a-zA-Z0-9!#$&^_.+-]{1,60}\z")]
    private static partial Regex ContentType();

    [GeneratedRegex(@"\A[0-9a-fA-F]{64}\z")]
    private static partial Regex Sha256();
}
