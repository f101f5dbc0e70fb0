using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GifShare.Accounts;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.Grains.Collections;

namespace GifShare.Rules.Tests.Collections;

/// <summary>Pages are put together of finished bytes: the whole is always the JSON that a serializer would write.</summary>
public sealed class PageWriterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly UserCard Card = new(UserId.New(), "ada", "Ada \"the first\" \u2764", null);

    private static readonly CollectionItem[] Items =
    [
        new(new Gif(GifId.New(), "u", "p", 1, 2, "example", "A cat", null, [], "g", null, null, Card, Now), "a note", Now),
        new(new KeptGif(GifId.New(), null), null, Now),
    ];

    private static Collection Cats(long views, long likes) => new(CollectionId.New(), Card, "Cats", null, "shared", null, 2, views, likes, 3, Now, Now);

    private static string Counts(long views, long likes)
    {
        Span<byte> text = stackalloc byte[ShownCounts.MostBytes];
        return Encoding.UTF8.GetString(text[..new ShownCounts(views, likes).Format(text)]);
    }

    [Theory, InlineData(0, 0), InlineData(7, 12), InlineData(long.MaxValue, long.MaxValue)]
    public void A_collection_takes_other_counts_at_its_end(long views, long likes)
    {
        var collection = Cats(views, likes);
        var text = Encoding.UTF8.GetString(PageWriter.Collection(collection)) + Counts(views, likes) + Encoding.UTF8.GetString(PageWriter.CollectionEnd);
        Assert.Equal(JsonSerializer.Serialize(collection, GifShareJson.Default.Collection), text);
        var other = JsonNode.Parse(Encoding.UTF8.GetString(PageWriter.Collection(collection)) + Counts(1, 2) + "}")!;
        Assert.Equal((1, 2, "Cats"), ((int)other["viewCount"]!, (int)other["likeCount"]!, (string)other["name"]!));
    }

    [Theory, InlineData(null), InlineData("YWJj-_1")]
    public void A_page_is_its_head_its_counts_its_items_and_what_comes_next(string? next)
    {
        var items = PageWriter.Items(Items);
        var head = PageWriter.Head(PageWriter.Collection(Cats(1, 2)));
        var page = JsonNode.Parse(Encoding.UTF8.GetString(head) + Counts(1, 2) + Encoding.UTF8.GetString(PageWriter.Tail(true, items, next, out _)))!;
        Assert.Equal(["collection", "items", "next"], page.AsObject().Select(member => member.Key));
        Assert.Equal(2, page["items"]!.AsArray().Count);
        Assert.Equal((true, "a note", next), ((bool)page["items"]![1]!["gif"]!["hidden"]!, (string)page["items"]![0]!["note"]!, (string?)page["next"]));
    }

    [Fact]
    public void A_list_of_items_stands_alone()
    {
        var list = JsonNode.Parse(PageWriter.Tail(false, PageWriter.Items([]), null, out _))!;
        Assert.Empty(list["items"]!.AsArray());
        Assert.Null(list["next"]);
    }

    [Theory, InlineData(null, "bmV4dA"), InlineData("bmV4dA", null), InlineData("YQ", "YWJj")]
    public void What_comes_next_can_be_another_thing_in_the_same_items(string? first, string? second)
    {
        var items = PageWriter.Items(Items);
        var part = new ItemsPart(PageWriter.Tail(true, items, first, out var offset), offset, null, false, false);
        Assert.Equal(PageWriter.Tail(true, items, second, out _), PageWriter.WithNext(part, second));
    }
}
