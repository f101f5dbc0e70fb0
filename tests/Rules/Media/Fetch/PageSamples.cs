namespace GifShare.Rules.Tests.Media.Fetch;

/// <summary>Heads of pages as the three sites make them, shortened; {0} stands for where their files are.</summary>
static class PageSamples
{
    public const string Giphy = """
        <!DOCTYPE html><html lang="en" prefix="og: http://ogp.me/ns#"><head><meta charSet="utf-8"/><title>Happy Dance GIF by Someone - Find &amp; Share on GIPHY</title>
        <link rel="canonical" href="https://giphy.com/gifs/happy-dance-3o7TKUM3IgJBq2VKm4"/>
        <link rel="alternate" type="application/json+oembed" href="{0}/oembed.json"/>
        <script type="application/ld+json">{"@type":"Article","image":{"url":"{0}/ld.gif"}}</script>
        <meta name="twitter:card" content="player"/><meta name="twitter:image" content="{0}/media/3o7/giphy_s.gif?cid=1&amp;rid=giphy_s.gif"/>
        <meta name="twitter:player" content="{0}/embed/3o7/twitter/iframe"/>
        <meta property="og:type" content="video.other"/><meta property="og:image" content="{0}/media/3o7/giphy-downsized-large.gif?cid=790b&amp;rid=giphy.gif&amp;ct=g"/>
        <meta property="og:image:width" content="480"/><meta property="og:image:type" content="image/gif"/>
        <meta property="og:video" content="{0}/media/3o7/giphy.mp4?cid=790b&amp;ct=g"/><meta property="og:video:secure_url" content="{0}/media/3o7/giphy.mp4"/>
        <meta property="og:video:type" content="video/mp4"/></head><body><div id="react-target"><img src="{0}/preview.gif"></div></body></html>
        """;

    public const string Tenor = """
        <!DOCTYPE html><html lang="en"><head><base target="_self"/><meta charset="UTF-8"/><title>Cat Typing GIF - Cat Typing Computer - Discover &amp; Share GIFs</title>
        <meta content="Cat Typing GIF" property="og:title"/><meta content="video.other" property="og:type"/>
        <meta content="//{0}/view/AAAAC/cat-typing.mp4" property="og:video:secure_url"/><meta content="//{0}/view/AAAAC/cat-typing.mp4" property="og:video"/>
        <meta content="video/mp4" property="og:video:type"/><meta content="640" property="og:video:width"/>
        <meta content="//{0}/m/zqOdeVIc/cat-typing.gif" property="og:image"/><meta content="image/gif" property="og:image:type"/>
        <meta content="player" name="twitter:card"/><meta content="//{0}/zqOdeVIc/cat-typing.png" name="twitter:image"/>
        <link rel="alternate" type="application/json+oembed" href="/oembed?url=https%3A%2F%2Ftenor.com%2Fview%2Fcat-typing-gif-1"/>
        </head><body></body></html>
        """;

    public const string Imgur = """
        <!doctype html><html lang="en"><head><meta charset="utf-8" data-react-helmet="true"><title>Magic - GIF on Imgur</title>
        <meta property="og:url" content="https://imgur.com/aBcDe12"><meta property="og:type" content="video.other">
        <meta name="twitter:card" content="player"><meta name="twitter:player:stream" content="{0}/aBcDe12.mp4"><meta name="twitter:player:stream:content_type" content="video/mp4">
        <meta property="og:image" data-react-helmet="true" content="{0}/aBcDe12h.jpg?fb"><meta property="og:image:width" content="600">
        <meta property="og:video" data-react-helmet="true" content="{0}/aBcDe12.mp4"><meta property="og:video:secure_url" content="{0}/aBcDe12.mp4">
        <meta property="og:video:type" content="video/mp4"><link rel="alternate" type="application/json+oembed" href="https://api.imgur.com/oembed.json?url=https://imgur.com/aBcDe12">
        </head><body><noscript>If you're seeing this message, JavaScript is off.</noscript><div id="root"></div></body></html>
        """;
}
