using System.Globalization;
using GifShare.Gifs;

namespace GifShare.ApiFrontend.Collections;

/// <summary>How a gif is rendered in a grid, given the visitor's display settings.</summary>
public readonly struct Tile
{
    /// <summary>Shown for linked gifs until the visitor agrees to load them from the other site.</summary>
    private const string Placeholder = "linked.svg";

    public Tile(Gif gif, Look look)
    {
        Host = gif.Url.StartsWith('/') ? null : Uri.TryCreate(gif.Url, UriKind.Absolute, out var url) ? url.IdnHost : "another site";
        // Files of other sites may always be animated.
        Moves = Host is not null || gif.ContentType is "image/gif" or null;
        var still = Host is not null ? Asset.Path(Placeholder) : Moves ? StillOf(gif.Url) : gif.Url;
        var asks = Host is not null && look.AsksForLinked;
        Source = asks || (Moves && look.IsStill) ? still : gif.Url;
        QuietSource = Moves && Source == gif.Url ? still : null;
        Classes = "tile " + RatioClass(gif.Width, gif.Height) + (asks || (Host is not null && look.IsStill) ? " asked" : "");
        Alt = gif.AltText ?? gif.Title ?? "GIF without a description";
    }

    /// <summary>The text for a gif that its owner no longer shares with those who kept it.</summary>
    public const string HiddenText = "No longer shared";

    public static string HiddenSource => Asset.Path("hidden.svg");

    public static string HiddenClasses => "tile closed " + RatioClass(300, 200);

    public string Classes { get; }

    /// <summary>The host of a linked gif; null for an upload.</summary>
    public string? Host { get; }

    public bool Moves { get; }

    public string Source { get; }

    /// <summary>The still for prefers-reduced-motion.</summary>
    public string? QuietSource { get; }

    public string Alt { get; }

    /// <summary>The URL of an uploaded GIF's first frame (docs/api.md, Media).</summary>
    public static string StillOf(string url) => url + "&still=1";

    /// <summary><c>r050</c> to <c>r250</c> in steps of 5: the aspect ratio in percent.</summary>
    public static string RatioClass(int width, int height)
    {
        var steps = Math.Clamp((int)Math.Round(20.0 * width / Math.Max(1, height)), 10, 50);
        return string.Create(CultureInfo.InvariantCulture, $"r{steps * 5:000}");
    }
}
