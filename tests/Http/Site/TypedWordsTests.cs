using GifShare.ApiFrontend.Gifs;

namespace GifShare.Http.Tests.Site;

/// <summary>What file names and pasted addresses are taken for.</summary>
public sealed class TypedWordsTests
{
    [Theory]
    [InlineData("happy_cat-dance.gif", "happy cat-dance")]
    [InlineData("happy-cat.GIF", "happy cat")]
    [InlineData("C:\\pictures\\Über  uns.jpeg", "Über uns")]
    [InlineData("👩‍👩‍👧‍👦.webp", null)]
    [InlineData("مرحبا.gif", "مرحبا")]
    [InlineData("evil\u202efig.gif", "evilfig")]
    [InlineData("IMG_2034.jpg", null)]
    [InlineData("giphy (3).gif", null)]
    [InlineData("3f2504e0-4f89-11d3-9a0c-0305e82c3301.gif", null)]
    [InlineData("decade.gif", "decade")]
    [InlineData("Screenshot 2026-11-20 at 15.04.55.png", null)]
    [InlineData(".gif", null)]
    [InlineData(null, null)]
    public void A_title_comes_of_a_file_name_that_says_something(string? name, string? title) => Assert.Equal(title, FileTitle.Of(name));

    [Fact]
    public void A_title_is_never_too_long() => Assert.InRange(FileTitle.Of(string.Concat(Enumerable.Repeat("w😀", 200)) + ".gif")!.Length, 1, 200);

    [Theory]
    [InlineData("https://giphy.com/gifs/cat-3o7abKhOpu0NwenH3O", "https://media.giphy.com/media/3o7abKhOpu0NwenH3O/giphy.gif", "giphy")]
    [InlineData("giphy.com/embed/3o7abKhOpu0NwenH3O", "https://media.giphy.com/media/3o7abKhOpu0NwenH3O/giphy.gif", "giphy")]
    [InlineData("https://i.giphy.com/x.webp", "https://i.giphy.com/x.webp", "giphy")]
    [InlineData("https://media1.tenor.com/m/x/cat.gif", "https://media1.tenor.com/m/x/cat.gif", "tenor")]
    [InlineData("https://imgur.com/x.gif", "https://imgur.com/x.gif", "imgur")]
    [InlineData("https://upload/x.gif", null, null)]
    [InlineData("https://tenor.com/view/x", null, null)]
    [InlineData("https://user@example.org/x.gif", null, null)]
    [InlineData("ftp://example.org/x.gif", null, null)]
    [InlineData("javascript:alert(1)", null, null)]
    [InlineData("data:image/gif;base64,R0lGOD", null, null)]
    [InlineData("", null, null)]
    public void An_address_is_that_of_a_picture(string typed, string? url, string? provider)
    {
        var (address, problem) = LinkedAddress.Read(typed);
        Assert.Equal((url, provider), (address?.Url, address?.Provider));
        Assert.Equal(url is null, problem is not null);
    }
}
