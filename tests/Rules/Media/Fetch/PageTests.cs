using GifShare.Grains.Media.Fetch;
using GifShare.ObjectStore.Images;
using Microsoft.AspNetCore.Http;

namespace GifShare.Rules.Tests.Media.Fetch;

/// <summary>What a page names is found, and fetched as if it had been given.</summary>
public sealed class PageTests(RemoteSite site) : FetchScene(site)
{
    static readonly byte[] Mp4 = [0, 0, 0, 24, .. "ftypisom"u8, .. new byte[400]];

    [Fact]
    public async Task Giphy_s_page_leads_to_its_gif()
    {
        Site.Page("/gifs/happy-dance-3o7", PageSamples.Giphy.Replace("{0}", Site.Origin, StringComparison.Ordinal));
        Site.Serve("/media/3o7/giphy-downsized-large.gif", Gif, "image/gif");
        var media = await Got(Gif, Fetch("/gifs/happy-dance-3o7"));
        Assert.Equal((MediaFormat.Gif, $"{Site.Origin}/media/3o7/giphy-downsized-large.gif?cid=790b&rid=giphy.gif&ct=g"), (media.Format, media.Address));
        Assert.Equal(2, Site.Asked.Count);
        Assert.DoesNotContain(Site.Asked, asked => asked.Headers.ContainsKey("Referer"));
    }

    [Fact]
    public async Task Tenor_s_page_leads_to_its_gif()
    {
        Site.Page("/view/cat-typing-gif-1", PageSamples.Tenor.Replace("{0}", Site.Origin["http://".Length..], StringComparison.Ordinal));
        Site.Serve("/m/zqOdeVIc/cat-typing.gif", Gif, "image/gif");
        await Got(Gif, Fetch("/view/cat-typing-gif-1"));
    }

    [Fact]
    public async Task Imgur_s_page_leads_to_its_video()
    {
        Site.Page("/aBcDe12", PageSamples.Imgur.Replace("{0}", Site.Origin, StringComparison.Ordinal));
        Site.Serve("/aBcDe12.mp4", Mp4, "video/mp4");
        Assert.Equal(MediaFormat.Mp4, (await Got(Mp4, Fetch("/aBcDe12"))).Format);
        Assert.Equal(2, Site.Asked.Count);
    }

    [Theory]
    [InlineData("<meta property=og:image content=a.gif>", "a.gif", MediaRank.Animation)]
    [InlineData("<meta name=og:image content='a.GIF?x=a.png#y'>", "a.GIF?x=a.png#y", MediaRank.Animation)]
    [InlineData("<meta property=OG:IMAGE content=' /a.webp '>", "/a.webp", MediaRank.Animation)]
    [InlineData("<meta property=og:image content=a><meta property=og:image:type content='image/gif'>", "a", MediaRank.Animation)]
    [InlineData("<meta property=og:image content='/a?b=1&amp;c=2&#38;d'>", "/a?b=1&c=2&d", MediaRank.Still)]
    [InlineData("<meta property=og:image content=a.jpg><meta property=og:image content=b.gif><meta property=og:video content=c.mp4>", "b.gif", MediaRank.Animation)]
    [InlineData("<meta property=og:image content=a.jpg><meta property=og:video content=c.mp4>", "c.mp4", MediaRank.Video)]
    [InlineData("<meta property=og:image content=a.jpg><meta name=twitter:player:stream content=c><meta name=twitter:player:stream:content_type content='video/mp4; codecs=\"a\"'>", "c", MediaRank.Video)]
    [InlineData("<meta property=og:image content=a.jpg><meta property=og:video content=c><meta property=og:video:type content=text/html>", "a.jpg", MediaRank.Still)]
    [InlineData("<meta property=og:image content=a.jpg><meta property=og:video content=player>", "a.jpg", MediaRank.Still)]
    [InlineData("<meta property=og:video content=player>", "player", MediaRank.Unclear)]
    [InlineData("<meta property=og:video content=http://x/c.mp4><meta property=og:video:secure_url content=https://x/c.mp4>", "https://x/c.mp4", MediaRank.Video)]
    [InlineData("<meta property=og:image:secure_url content=https://x/c.gif>", "https://x/c.gif", MediaRank.Animation)]
    [InlineData("<meta name=twitter:image content=a.png>", "a.png", MediaRank.Still)]
    [InlineData("<meta property=og:video content=a.swf><meta property=og:video:type content=application/x-shockwave-flash>", null, null)]
    [InlineData("<meta property=og:image content=''><meta property=og:image>", null, null)]
    [InlineData("<!-- <meta property=og:image content=a.gif> --><script>'<meta property=og:image content=b.gif>'</script><title><meta property=og:image content=c.gif></title>", null, null)]
    [InlineData("<body><img src=a.gif><meta property=og:image content=a.gif>", null, null)]
    [InlineData("", null, null)]
    internal void The_best_of_what_a_page_names_is_taken(string head, string? address, MediaRank? rank)
    {
        var best = PageMedia.Read($"<!doctype html><html><head>{head}").Best;
        Assert.Equal((address, rank), (best?.Address, best?.Rank));
    }

    [Fact]
    public async Task Addresses_are_resolved_against_where_the_page_was_in_the_end()
    {
        Site.Redirect("/short", "/deep/er/page");
        Site.Page("/deep/er/page", "<html><head><meta property='og:image' content='../a.gif'>");
        Site.Serve("/deep/a.gif", Gif);
        await Got(Gif, Fetch("/short"));
    }

    [Fact]
    public async Task A_page_leads_to_media_and_not_to_another_page()
    {
        Site.Page("/page", "<html><head><meta property='og:image' content='/other'>");
        Site.Page("/other", "<html><head><meta property='og:image' content='/a.gif'>");
        Site.Serve("/a.gif", Gif);
        await Refused(FetchFailure.PageWithoutMedia, Fetch("/page"));
        Site.Page("/self", "<html><head><meta property='og:image' content='/self'>");
        await Refused(FetchFailure.PageWithoutMedia, Fetch("/self"));
        Site.Page("/none", "<html><head><title>Nothing</title>");
        await Refused(FetchFailure.PageWithoutMedia, Fetch("/none"));
        Site.Page("/gone", "<html><head><meta property='og:image' content='/gone.gif'>");
        await Refused(FetchFailure.Status, Fetch("/gone"));
        Assert.Equal(2 + 2 + 1 + 2, Site.Asked.Count);
    }

    [Theory]
    [InlineData("""{"type":"photo","url":"/photo","thumbnail_url":"/thumb"}""", "/photo")]
    [InlineData("""{"type":"video","url":"/photo","thumbnail_url":"/thumb","html":"<img src=/html>"}""", "/thumb")]
    [InlineData("""{"type":"rich","html":"<img src=/html>"}""", null)]
    [InlineData("""{"type":"photo","url":5}""", null)]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    [InlineData("", null)]
    public async Task An_oembed_answer_names_the_photo(string json, string? path)
    {
        Site.Page("/page", "<html><head><link rel='alternate' type='application/json+oembed' href='/oembed?url=x&amp;y'>");
        Site.Serve("/oembed", System.Text.Encoding.UTF8.GetBytes(json), "application/json");
        if (path is null)
        {
            await Refused(FetchFailure.PageWithoutMedia, Fetch("/page"));
            return;
        }

        Site.Serve(path, Gif);
        await Got(Gif, Fetch("/page"));
        Assert.Equal(["/page", "/oembed?url=x&y", path], Site.Asked.Select(asked => asked.Path));
    }

    [Fact]
    public async Task Without_an_oembed_answer_the_card_s_picture_is_taken()
    {
        Site.Page("/page", "<html><head><meta property=og:image content=/still.png><link rel=alternate type='application/json+oembed' href=/gone>");
        Site.Serve("/still.png", Sample.Bytes("plain.png"));
        await Got(Sample.Bytes("plain.png"), Fetch("/page"));
    }

    [Fact]
    public async Task Half_a_megabyte_of_a_page_is_read()
    {
        Site.On("/endless", async context =>
        {
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<html><head><meta property=og:image content=/a.gif>");
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.WriteAsync("<!-- and on -->", context.RequestAborted);
        });
        Site.Serve("/a.gif", Gif);
        await Got(Gif, Fetch("/endless"));
    }

    /// <summary>Each of these took the parser seconds, or 40, before its depth and its elements were limited.</summary>
    [Theory]
    [InlineData("<template>", "<div>")]
    [InlineData("<template>", "<b><i>")]
    [InlineData("<template>", "<b><p></b>")]
    [InlineData("<template>", "<table>")]
    [InlineData("", "<template>")]
    [InlineData("", "<meta>")]
    [InlineData("<template>", "<svg><g>")]
    [InlineData("<meta ", "a ")]
    [InlineData("<meta content='", "&amp;")]
    [InlineData("<meta content='", "&CounterClockwiseContourIntegra")]
    [InlineData("", "<!--")]
    [InlineData("<title>", "</titl")]
    public void Pages_that_are_made_to_be_slow_are_read(string start, string again)
    {
        var text = new System.Text.StringBuilder("<html><head>").Append(start);
        while (text.Length < PageMedia.MostBytes)
            text.Append(again);
        Assert.Null(PageMedia.Read(text.ToString()).Best);
    }
}
