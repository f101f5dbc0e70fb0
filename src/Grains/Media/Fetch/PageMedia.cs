using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace GifShare.Grains.Media.Fetch;

/// <summary>How much we would like to have it: an animation is smaller and plays everywhere as a GIF, and is a still otherwise.</summary>
internal enum MediaRank
{
    Animation,
    Video,
    Still,

    /// <summary>Perhaps a player's page.</summary>
    Unclear,
}

/// <summary>What a page says that is on it: OpenGraph, Twitter cards, and where its oEmbed is.</summary>
/// <param name="Best">As written in the page.</param>
/// <param name="OEmbed">As written in the page.</param>
internal sealed record PageMedia((string Address, MediaRank Rank)? Best, string? OEmbed)
{
    /// <summary>Metadata stands in the head, within the first half megabyte even where scripts stand before it.</summary>
    public const int MostBytes = 512 * 1024;

    /// <summary>Real heads have some hundred elements; the parser needs a second for each ten thousand that are nested wrongly.</summary>
    const int MostElements = 2000;

    /// <summary>Reads the head only. Nothing is run, loaded or resolved.</summary>
    public static PageMedia Read(string html)
    {
        var elements = 0;
        var parser = new HtmlParser(new HtmlParserOptions
        {
            IsScripting = false,
            MaximumDepth = 64,
            SkipComments = true,
            SkipScriptText = true,
            SkipRawText = true,
            OnCreated = (_, _) => elements = elements < MostElements ? elements + 1 : throw new PageTooComplexException(),
        });
        try
        {
            return Of(parser.ParseHead(html));
        }
        catch (PageTooComplexException)
        {
            return new(null, null);
        }
    }

    static PageMedia Of(IElement? head)
    {
        List<Found> all = [];
        Found? video = null, image = null, stream = null;
        foreach (var meta in head?.QuerySelectorAll("meta") ?? Enumerable.Empty<IElement>())
        {
            // Twitter's are written with name=, OpenGraph's with property=, and either way round.
            var name = (meta.GetAttribute("property") ?? meta.GetAttribute("name") ?? "").Trim().ToLowerInvariant();
            if ((meta.GetAttribute("content") ?? "").Trim() is not { Length: > 0 } content)
                continue;
            switch (name)
            {
                case "og:video" or "og:video:url":
                    all.Add(video = new(content, IsImage: false));
                    break;
                case "og:video:secure_url":
                    Secure(ref video, content, isImage: false);
                    break;
                case "og:video:type" when video is not null:
                    video.Type = content;
                    break;
                case "og:image" or "og:image:url":
                    all.Add(image = new(content, IsImage: true));
                    break;
                case "og:image:secure_url":
                    Secure(ref image, content, isImage: true);
                    break;
                case "og:image:type" when image is not null:
                    image.Type = content;
                    break;
                case "twitter:player:stream":
                    all.Add(stream = new(content, IsImage: false));
                    break;
                case "twitter:player:stream:content_type" when stream is not null:
                    stream.Type = content;
                    break;
                case "twitter:image" or "twitter:image:src":
                    all.Add(new(content, IsImage: true) { IsCard = true });
                    break;
            }
        }

        var best = all.Select(found => (found.Address, Rank: found.Rank(), found.IsCard)).Where(found => found.Rank is not null).OrderBy(found => found.Rank).ThenBy(found => found.IsCard)
            .Select(found => ((string, MediaRank)?)(found.Address, found.Rank!.Value)).FirstOrDefault();
        var oEmbed = head?.QuerySelectorAll("link[rel~=alternate]")
            .FirstOrDefault(link => (link.GetAttribute("type") ?? "").StartsWith("application/json+oembed", StringComparison.OrdinalIgnoreCase))?.GetAttribute("href");
        return new(best, oEmbed);

        void Secure(ref Found? found, string address, bool isImage)
        {
            if (found is null)
                all.Add(found = new(address, isImage));
            else
                found.Address = address;
        }
    }

    /// <summary>Thrown out of the parser, which has no limit of elements.</summary>
    sealed class PageTooComplexException : Exception;

    sealed record Found(string Address, bool IsImage)
    {
        public string Address { get; set; } = Address;

        public string Type { get; set; } = "";

        /// <summary>Of Twitter's card. On GIPHY that is a GIF of one frame.</summary>
        public bool IsCard { get; init; }

        public MediaRank? Rank()
        {
            var path = Address.AsSpan(0, Address.AsSpan().IndexOfAny('?', '#') is var end and >= 0 ? end : Address.Length);
            var type = Type.Split(';')[0].Trim().ToLowerInvariant();
            if (type is "image/gif" or "image/webp" || (IsImage && (Ends(path, ".gif") || Ends(path, ".webp"))))
                return MediaRank.Animation;
            if (IsImage)
                return MediaRank.Still;
            if (type is "video/mp4" or "video/webm" or "video/quicktime" || (type.Length == 0 && (Ends(path, ".mp4") || Ends(path, ".webm") || Ends(path, ".mov"))))
                return MediaRank.Video;
            // text/html, Flash and playlists are players, not files.
            return type.Length == 0 ? MediaRank.Unclear : null;
        }

        static bool Ends(ReadOnlySpan<char> path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
    }
}
