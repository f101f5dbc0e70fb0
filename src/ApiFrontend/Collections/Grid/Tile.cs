using System.Globalization;
using GifShare.Gifs;

namespace GifShare.ApiFrontend.Collections;

/// <summary>How one gif stands in a grid, for a visitor with these wishes.</summary>
public readonly struct Tile
{
    /// <summary>Of other sites' pictures nothing is fetched before the visitor says so.</summary>
    private const string Placeholder = "linked.svg";

    public Tile(Gif gif, Look look)
    {
        Host = gif.Url.StartsWith('/') ? null : Uri.TryCreate(gif.Url, UriKind.Absolute, out var url) ? url.IdnHost : "another site";
        // What another site sends may always move.
        Moves = Host is not null || gif.ContentType is "image/gif" or null;
        var still = Host is not null ? Asset.Path(Placeholder) : Moves ? StillOf(gif.Url) : gif.Url;
        var asks = Host is not null && look.AsksForLinked;
        Source = asks || (Moves && look.IsStill) ? still : gif.Url;
        QuietSource = Moves && Source == gif.Url ? still : null;
        Classes = "tile " + RatioClass(gif.Width, gif.Height) + (asks || (Host is not null && look.IsStill) ? " asked" : "");
        Alt = gif.AltText ?? gif.Title ?? "GIF without a description";
    }

    /// <summary>Stands for a gif that its owner has closed to whoever kept it.</summary>
    public const string HiddenText = "No longer shared";

    public static string HiddenSource => Asset.Path("hidden.svg");

    public static string HiddenClasses => "tile closed " + RatioClass(300, 200);

    public string Classes { get; }

    /// <summary>The host of a linked gif; null: uploaded here.</summary>
    public string? Host { get; }

    public bool Moves { get; }

    public string Source { get; }

    /// <summary>For whom the system asks for less motion.</summary>
    public string? QuietSource { get; }

    public string Alt { get; }

    /// <summary>The first frame of an uploaded GIF (docs/api.md, Media).</summary>
    public static string StillOf(string url) => url + "&still=1";

    /// <summary><c>r050</c> to <c>r250</c> in steps of 5: the ratio in percent.</summary>
    public static string RatioClass(int width, int height)
    {
        var steps = Math.Clamp((int)Math.Round(20.0 * width / Math.Max(1, height)), 10, 50);
        return string.Create(CultureInfo.InvariantCulture, $"r{steps * 5:000}");
    }
}
