using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GifShare.Collections;
using GifShare.Grains.Tests.Gifs;

namespace GifShare.Grains.Tests.Collections;

/// <summary>What pages read as records is what the API's finished JSON says.</summary>
public sealed class TypedReadTests(GifsSilo silo) : IClassFixture<GifsSilo>
{
    [Fact]
    public async Task A_collection_reads_the_same_as_a_record_and_as_JSON_and_counts_the_same_views()
    {
        var (owner, id) = await NewCollection("public");
        var grain = silo.Grains.Collection(id);
        var reader = await silo.NewUser();
        Assert.Equal(1, (await grain.Get(reader, counts: true)).Value!.ViewCount);
        Assert.Equal(2, (await grain.Get(null, counts: true)).Value!.ViewCount);
        Assert.Equal(2, (await grain.Get(owner, counts: true)).Value!.ViewCount);
        Assert.Equal(2, (await grain.Get(reader)).Value!.ViewCount);
        await Same();
        Assert.Null((await grain.SetLike(reader, null, liked: true)).Error);
        Assert.Null((await grain.Update(owner, new(Name: "Dogs"), null)).Error);
        await Same();
        Assert.Null((await grain.Update(owner, new(Visibility: "private"), null)).Error);
        Assert.Equal(ErrorCode.NotFound, (await grain.Get(reader, counts: true)).Error?.Code);
        Assert.Equal(ErrorCode.NotFound, (await silo.Grains.Collection(CollectionId.New()).Get(owner)).Error?.Code);

        async Task Same()
        {
            var json = new ArrayBufferWriter<byte>();
            (await grain.Read(owner, null, counts: false)).Value!.WriteTo(json);
            Assert.Equal(JsonSerializer.Serialize((await grain.Get(owner)).Value!, GifShareJson.Default.Collection), Encoding.UTF8.GetString(json.WrittenSpan));
        }
    }

    [Fact]
    public async Task Through_a_link_it_is_never_a_view_and_a_capped_link_needs_the_pass_of_one()
    {
        var (owner, id) = await NewCollection("shared");
        var grain = silo.Grains.Collection(id);
        var open = (await grain.CreateLink(owner, new(), null)).Value!;
        Assert.Equal("Cats", (await grain.GetShared(Visit(open))).Value!.Name);

        var capped = (await grain.CreateLink(owner, new(MaxViews: 1), null)).Value!;
        Assert.Equal(ErrorCode.NotFound, (await grain.GetShared(Visit(capped))).Error?.Code);
        Assert.Equal("Cats", (await grain.GetShared(Visit(capped) with { Caller = owner })).Value!.Name);
        var pass = (await grain.ReadShared(Visit(capped))).Value!.Pass;
        Assert.Equal("Cats", (await grain.GetShared(Visit(capped) with { Pass = pass })).Value!.Name);

        var locked = (await grain.CreateLink(owner, new(Password: "open sesame"), null)).Value!;
        Assert.Equal(ErrorCode.LinkPasswordRequired, (await grain.GetShared(Visit(locked))).Error?.Code);
        foreach (var (link, views) in ((ShareLink, long)[])[(open, 0), (capped, 1), (locked, 0)])
            Assert.Equal(views, (await grain.GetLink(owner, link.Id)).Value!.ViewCount);
        Assert.Equal(1, (await grain.Get(owner)).Value!.ViewCount);

        Assert.Null((await grain.DeleteLink(owner, open.Id)).Error);
        Assert.Equal(ErrorCode.NotFound, (await grain.GetShared(Visit(open))).Error?.Code);
        Assert.Equal(ErrorCode.NotFound, (await grain.GetLink(owner, open.Id)).Error?.Code);
        Assert.Equal(ErrorCode.NotFound, (await grain.GetLink(await silo.NewUser(), locked.Id)).Error?.Code);
    }

    private async Task<(UserId Owner, CollectionId Id)> NewCollection(string visibility)
    {
        var (owner, id) = (await silo.NewUser(), CollectionId.New());
        Assert.Null((await silo.Grains.Collection(id).Create(owner, new("Cats", Visibility: visibility), null)).Error);
        Assert.Null((await silo.Grains.Collection(id).AddItem(owner, new(await silo.NewLinked(owner)), null, null)).Error);
        return (owner, id);
    }

    private static LinkVisit Visit(ShareLink link) => new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(link.Token))));
}
