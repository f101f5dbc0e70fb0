using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using GifShare.Gifs;
using GifShare.Grains.Gifs;
using GifShare.Grains.Requests;

namespace GifShare.Rules.Tests.Gifs;

public sealed class GifRulesTests
{
    private static readonly NewLinkedGif Good = new("https://media.example.org/a.gif", 10, 20, "giphy");

    [Theory]
    [InlineData("https://Media.EXAMPLE.org:443/A.gif", "https://media.example.org/A.gif")]
    [InlineData("  HTTPS://media.example.org/x/../a b.gif?q=\"1\"#f ", "https://media.example.org/a%20b.gif?q=%221%22#f")]
    [InlineData("https://media.example.org:8443", "https://media.example.org:8443/")]
    [InlineData("https://[2001:DB8::1]/a.gif", "https://[2001:db8::1]/a.gif")]
    [InlineData("https://m\u00fcnchen.example/\u00e4.gif", "https://xn--mnchen-3ya.example/%C3%A4.gif")]
    public void Addresses_have_one_form(string given, string expected) =>
        Assert.Equal(expected, GifRules.Check(Good with { Url = given }).Value!.Url);

    [Theory]
    [InlineData("")]
    [InlineData("media.example.org/a.gif")]
    [InlineData("http://media.example.org/a.gif")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https:/media.example.org/a.gif")]
    [InlineData("https:///a.gif")]
    [InlineData("https://user@media.example.org/a.gif")]
    [InlineData("https://user:pass@media.example.org/a.gif")]
    [InlineData("https://@media.example.org/a.gif")]
    [InlineData("https://media.example.org/a\r\nX: y")]
    [InlineData("https://media.example.org/\u202egif")]
    [InlineData("https://exa mple.org/a.gif")]
    public void Other_addresses_are_refused(string url) => Refused(Good with { Url = url }, "url");

    [Fact]
    public void An_address_may_have_2048_characters_also_after_escaping()
    {
        var start = "https://media.example.org/";
        Assert.Null(GifRules.Check(Good with { Url = start + new string('a', 2048 - start.Length) }).Error);
        Refused(Good with { Url = start + new string('a', 2049 - start.Length) }, "url");
        Refused(Good with { Url = start + new string('\u00e4', 400) }, "url");
    }

    [Theory]
    [InlineData(0), InlineData(-1), InlineData(20_001), InlineData(int.MinValue)]
    public void Sides_have_limits(int side)
    {
        Refused(Good with { Width = side }, "width");
        Refused(Good with { Height = side }, "height");
    }

    [Theory]
    [InlineData(""), InlineData("Giphy"), InlineData("upload"), InlineData("a b"), InlineData("giphy\n"), InlineData("01234567890123456789012345678901234567890")]
    public void Providers_have_a_form(string provider) => Refused(Good with { Provider = provider }, "provider");

    [Fact]
    public void Texts_have_limits()
    {
        Refused(Good with { Title = new string('x', 201) }, "title");
        Refused(Good with { AltText = new string('x', 1001) }, "altText");
        Refused(Good with { Title = "a\0b" }, "title");
        Refused(Good with { Rating = "x" }, "rating");
        Refused(Good with { Rating = "PG" }, "rating");
        Refused(Good with { Tags = [.. Enumerable.Range(0, 21).Select(i => $"{i}")] }, "tags");
        Refused(Good with { Tags = [""] }, "tags");
        Refused(Good with { Tags = [null!] }, "tags");
        Refused(Good with { Tags = [new string('x', 51)] }, "tags");
        Refused(Good with { Tags = ["\ud800"] }, "tags");
        var texts = GifRules.Check(Good with { Title = "  \U0001F600 ", AltText = " ", Tags = [" cat ", "Cat", "dog"] }).Value!.Texts;
        Assert.Equal("\U0001F600", texts.Title);
        Assert.Null(texts.AltText);
        Assert.Equal(["cat", "dog"], texts.Tags.ToArray());
        Assert.Equal("g", texts.Rating);
    }

    [Fact]
    public void All_that_is_wrong_is_named_at_once()
    {
        var error = GifRules.Check(new NewLinkedGif("x", 0, 0, "", Rating: "x")).Error!;
        Assert.Equal(["height", "provider", "rating", "url", "width"], error.Fields!.Keys.Order().ToArray());
    }

    [Fact]
    public void A_patch_keeps_what_it_does_not_name_and_null_clears()
    {
        var current = new GifTexts("t", "a", ["x"], "pg");
        Assert.Equal(current, GifRules.Check(new GifPatch()).Value!.Apply(current));
        var cleared = GifRules.Check(new GifPatch(new(true, null), new(true, null), new(true, null), new(true, null))).Value!.Apply(current);
        Assert.Equal((null, null, 0, "g"), (cleared.Title, cleared.AltText, cleared.Tags.Length, cleared.Rating));
        var changed = GifRules.Check(new GifPatch(Tags: new(true, ImmutableArray.Create("y")))).Value!.Apply(current);
        Assert.Equal(("t", "y"), (changed.Title, changed.Tags.Single()));
    }

    [Theory]
    [InlineData("C:\\fakepath\\cat.gif", "cat.gif")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("a\r\nSet-Cookie: x\".gif", "aSet-Cookie: x.gif")]
    [InlineData("\u202egif.exe", "gif.exe")]
    [InlineData("Kätzchen 😀.gif", "Kätzchen 😀.gif")]
    [InlineData("Ka\u0308tzchen.gif", "Kätzchen.gif")]
    [InlineData("half \ud83d pair.gif", "half  pair.gif")]
    [InlineData("..", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void File_names_are_mended(string? given, string? expected) => Assert.Equal(expected, FileNames.Clean(given));

    [Fact]
    public void A_long_file_name_is_cut_between_code_points()
    {
        var name = FileNames.Clean(string.Concat(Enumerable.Repeat("😀", 250)))!;
        Assert.Equal(string.Concat(Enumerable.Repeat("😀", 200)), name);
    }

    [Fact]
    public void Whatever_an_address_is_checking_it_ends_and_twice_is_once() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            if (text is null)
                return true;
            var once = GifRules.Check(Good with { Url = "https://h.example/" + text });
            return once.Value is null || GifRules.Check(Good with { Url = once.Value.Url }).Value?.Url == once.Value.Url;
        }).QuickCheckThrowOnFailure();

    private static void Refused(NewLinkedGif command, string field)
    {
        var error = GifRules.Check(command).Error;
        Assert.NotNull(error);
        Assert.Equal(ErrorCode.InvalidRequest, error.Code);
        Assert.Equal([field], error.Fields!.Keys.ToArray());
    }
}
