using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GifShare.Gifs;

namespace GifShare.Grains.Gifs;

/// <summary>The texts of a gif, normalized and validated.</summary>
public sealed record GifTexts(string? Title, string? AltText, ImmutableArray<string> Tags, string Rating)
{
    /// <summary>Whether the texts equal those that the patch sets.</summary>
    public bool Holds(GifPatch expected) =>
        expected.Title.Or(Title) == Title && expected.AltText.Or(AltText) == AltText && expected.Rating.Or(Rating) == Rating
        && (expected.Tags.Or(Tags) ?? []).SequenceEqual(Tags);
}

/// <summary>A linked gif, normalized and validated.</summary>
public sealed record CheckedLink(string Url, int Width, int Height, string Provider, GifTexts Texts);

/// <summary>A patch of the texts, normalized and validated.</summary>
public sealed record CheckedGifPatch(Patch<string> Title, Patch<string> AltText, Patch<ImmutableArray<string>?> Tags, Patch<string> Rating)
{
    public GifTexts Apply(GifTexts current) => new(
        Title.Or(current.Title),
        AltText.Or(current.AltText),
        Tags.Or(current.Tags) ?? [],
        Rating.Or(current.Rating) ?? GifRules.DefaultRating);
}

/// <summary>Validation of a gif's members (api.md, Text). Pure: no store, no grain.</summary>
public static partial class GifRules
{
    /// <summary>How long a deleted gif can be restored; then its row and bytes are purged.</summary>
    public static readonly TimeSpan UndoWindow = TimeSpan.FromDays(30);

    /// <summary>The provider of uploads; reserved.</summary>
    public const string UploadProvider = "upload";

    public const string DefaultRating = "g";
    private const int MaxSide = 20_000, MaxUrl = 2048, MaxTitle = 200, MaxAltText = 1000, MaxTags = 20, MaxTag = 50;

    public static Result<CheckedLink> Check(NewLinkedGif command)
    {
        var fields = new RequestValidator();
        var url = Url(fields, command.Url);
        Side(fields, "width", command.Width);
        Side(fields, "height", command.Height);
        CheckProvider(fields, command.Provider);
        var texts = Texts(fields, command.Title, command.AltText, command.Tags, command.Rating);
        return fields.AreValid ? new CheckedLink(url, command.Width, command.Height, command.Provider, texts) : fields.Error;
    }

    public static Result<GifTexts> Check(NewUploadedGif command)
    {
        var fields = new RequestValidator();
        var texts = Texts(fields, command.Title, command.AltText, command.Tags, command.Rating);
        return fields.AreValid ? texts : fields.Error;
    }

    public static Result<GifTexts> Check(NewMediaGif command)
    {
        var fields = new RequestValidator();
        var texts = Texts(fields, command.Title, command.AltText, command.Tags, command.Rating);
        return fields.AreValid ? texts : fields.Error;
    }

    /// <param name="command">The gif.</param>
    /// <param name="isHttpToo">Not only https addresses.</param>
    /// <returns>The address in its canonical form.</returns>
    public static Result<string> Check(NewFetchedGif command, bool isHttpToo)
    {
        var fields = new RequestValidator();
        var url = Url(fields, command.Url, isHttpToo);
        CheckProvider(fields, command.Provider);
        Texts(fields, command.Title, command.AltText, command.Tags, command.Rating);
        return fields.AreValid ? url : fields.Error;
    }

    public static Result<CheckedGifPatch> Check(GifPatch patch)
    {
        var fields = new RequestValidator();
        var (title, altText, tags, rating) = Texts(fields, patch.Title.Value, patch.AltText.Value, patch.Tags.Value, patch.Rating.Value);
        return fields.AreValid
            ? new CheckedGifPatch(
                new(patch.Title.IsSet, title), new(patch.AltText.IsSet, altText), new(patch.Tags.IsSet, tags), new(patch.Rating.IsSet, rating))
            : fields.Error;
    }

    private static GifTexts Texts(RequestValidator fields, string? title, string? altText, ImmutableArray<string>? tags, string? rating)
    {
        if (rating is not (null or "g" or "pg" or "pg-13" or "r"))
            fields.Refuse("rating", "One of these is expected: g, pg, pg-13, r.");
        return new(
            fields.OptionalText("title", title, MaxTitle),
            fields.OptionalText("altText", altText, MaxAltText),
            Tags(fields, tags),
            rating ?? DefaultRating);
    }

    private static ImmutableArray<string> Tags(RequestValidator fields, ImmutableArray<string>? tags)
    {
        if (tags is not { IsDefaultOrEmpty: false } given)
            return [];
        if (given.Length > MaxTags)
        {
            fields.Refuse("tags", $"At most {MaxTags} are allowed.");
            return [];
        }

        return [.. given.Select(tag => fields.Text("tags", tag, 1, MaxTag)).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static void CheckProvider(RequestValidator fields, string? provider)
    {
        if (provider is not null && !Provider().IsMatch(provider))
            fields.Refuse("provider", "1 to 40 characters of a-z 0-9 . - are expected.");
        else if (provider == UploadProvider)
            fields.Refuse("provider", "This name is reserved for uploaded files.");
    }

    private static void Side(RequestValidator fields, string field, int value)
    {
        if (value is < 1 or > MaxSide)
            fields.Refuse(field, $"A number from 1 to {MaxSide} is expected.");
    }

    /// <summary>Canonical form of an address: host in lower case and ASCII, escaped, dot segments resolved, no default port.</summary>
    private static string Url(RequestValidator fields, string given, bool isHttpToo = false)
    {
        const string expected = "An https address without user name, of at most 2048 characters, is expected.";
        // The url is validated first, so any error so far is its own.
        var text = fields.Text("url", given, 1, MaxUrl);
        if (!fields.AreValid)
            return "";
        var scheme = isHttpToo && text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? "http://" : "https://";
        if (!text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            || !Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || uri.HostNameType is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6)
            || uri.UserInfo.Length > 0
            || text.AsSpan(scheme.Length).IndexOf('@') is var at and >= 0 && text.AsSpan(scheme.Length).IndexOfAny('/', '?', '#') is var path && (path < 0 || at < path))
        {
            fields.Refuse("url", expected);
            return "";
        }

        var host = uri.HostNameType == UriHostNameType.IPv6 ? $"[{uri.IdnHost}]" : uri.IdnHost;
        var port = uri.IsDefaultPort ? "" : $":{uri.Port}";
        var url = $"{scheme}{host}{port}{uri.PathAndQuery}{uri.Fragment}";
        if (url.Length > MaxUrl)
            fields.Refuse("url", expected);
        return url;
    }

    [GeneratedRegex(@"\A[a-z0-9.-]{1,40}\z")]
    private static partial Regex Provider();
}
