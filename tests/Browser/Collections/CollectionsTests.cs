using GifShare.Browser.Tests.Site;
using GifShare.Fixtures.Clients;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GifShare.Browser.Tests.Collections;

/// <summary>My collections: made, found, renamed, deleted and brought back.</summary>
public sealed class CollectionsTests(RunningSite site) : Journey(site)
{
    private const string Arabic = "مجموعة القطط الضاحكة", Emoji = "🎉👩‍👩‍👧‍👦🐈‍⬛ party";

    private static readonly string Long = string.Concat(Enumerable.Repeat("Wideword", 12)) + "Wide";

    [Theory]
    [InlineData(1280, true)]
    [InlineData(360, true)]
    [InlineData(360, false)]
    public async Task A_collection_is_made_renamed_deleted_and_comes_back(int width, bool script)
    {
        var ada = await Visit(width, script);
        await ada.Register(NewName());
        await Expect(ada.Page.GetByRole(AriaRole.Heading, new() { Name = "Make your first collection" })).ToBeVisibleAsync();
        await ada.Fill("Name", "Otters");
        // Both clicks of an impatient hand.
        await ada.Arrive(() => ada.Button("Create collection").DblClickAsync());
        await Expect(ada.Heading("Otters")).ToBeVisibleAsync();
        await ada.Open("/collections");
        await Expect(Cards(ada)).ToHaveCountAsync(1);

        await OpenMenu(ada, "Otters");
        var edit = ada.Page.GetByRole(AriaRole.Link, new() { Name = "Rename or edit" });
        if (script)
        {
            await edit.ClickAsync();
            var dialog = ada.Page.GetByRole(AriaRole.Dialog);
            await Expect(dialog.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Edit collection");
            await Expect(dialog.GetByLabel("Name", new() { Exact = true })).ToBeFocusedAsync();
            await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync(" ");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await Expect(dialog.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
            // The 400 that a dialog asked for.
            ada.Forgive();
            await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("Sea otters");
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
            await Expect(dialog).ToHaveCountAsync(0);
        }
        else
        {
            await ada.Click(edit);
            await ada.Fill("Name", "Sea otters");
            await ada.Press("Save");
        }

        await Expect(ada.Heading("My collections")).ToBeVisibleAsync();
        await Expect(Cards(ada).Locator("strong")).ToHaveTextAsync("Sea otters");
        await Says(ada, "The collection is saved.");

        await OpenMenu(ada, "Sea otters");
        await ada.Press("Delete");
        await Expect(Cards(ada)).ToHaveCountAsync(0);
        await Says(ada, "The collection is in the trash.");
        await ada.Press("Undo");
        await Expect(Cards(ada).Locator("strong")).ToHaveTextAsync("Sea otters");

        await OpenMenu(ada, "Sea otters");
        await ada.Press("Delete");
        await ada.Open("/trash");
        await Expect(ada.Page.GetByText("30 days left")).ToBeVisibleAsync();
        await ada.Photograph("trash-one");
        await ada.Press("Restore Sea otters");
        await Expect(ada.Page.GetByRole(AriaRole.Heading, new() { Name = "Nothing in the trash" })).ToBeVisibleAsync();
        await ada.Open("/collections");
        await Expect(Cards(ada)).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_new_collection_is_made_in_a_dialog_by_keyboard()
    {
        var ada = await Visit();
        await ada.Register(NewName());
        await ada.CreateCollection("Otters");
        await ada.Open("/collections");
        var opener = ada.Link("New collection");
        await ada.TabTo(opener);
        await ada.Page.Keyboard.PressAsync("Enter");
        var dialog = ada.Page.GetByRole(AriaRole.Dialog, new() { Name = "New collection" });
        await Expect(dialog.GetByLabel("Name", new() { Exact = true })).ToBeFocusedAsync();
        await ada.Page.Keyboard.PressAsync("Escape");
        await Expect(dialog).ToHaveCountAsync(0);
        await Expect(opener).ToBeFocusedAsync();
        await ada.Page.Keyboard.PressAsync("Enter");
        await Expect(dialog.GetByLabel("Name", new() { Exact = true })).ToBeFocusedAsync();
        await ada.Page.Keyboard.TypeAsync("Badgers");
        // Over the description; the card around the choice shows where the focus is.
        await ada.Page.Keyboard.PressAsync("Tab");
        await ada.Page.Keyboard.PressAsync("Tab");
        await Expect(dialog.GetByRole(AriaRole.Radio, new() { Name = "Only me" })).ToBeFocusedAsync();
        await ada.Page.Keyboard.PressAsync("ArrowDown");
        await ada.Page.Keyboard.PressAsync("ArrowDown");
        await ada.Arrive(() => ada.Page.Keyboard.PressAsync("Enter"));
        await Expect(ada.Heading("Badgers")).ToBeVisibleAsync();
        await ada.Open("/collections");
        await Expect(Cards(ada).First).ToContainTextAsync("Badgers");
        await Expect(Cards(ada).First.Locator(".badge")).ToHaveTextAsync("Public");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_typed_outlives_a_change_elsewhere(bool script)
    {
        var (ada, username) = (await Visit(script: script), NewName());
        await ada.Register(username);
        await ada.CreateCollection("Otters");
        var collection = ada.Collection;
        await ada.Open(collection + "/edit");
        using var api = await ApiClient.SignInAsync(await Address(), username);
        (await api.PatchAsync("/v1/collections/" + collection[3..], new { name = "Named elsewhere" })).IsDone();

        await ada.Fill("Name", "Named here");
        await ada.Fill("Description (optional)", "Typed with care");
        await ada.Press("Save");
        await Expect(ada.Alert).ToContainTextAsync("Named elsewhere");
        await ada.Photograph("edit-overtaken");
        await Expect(ada.Page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("Named here");
        await Expect(ada.Page.GetByLabel("Description (optional)")).ToHaveValueAsync("Typed with care");
        await ada.Press("Save");
        await Expect(ada.Heading("Named here")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(360)]
    [InlineData(1280)]
    public async Task Odd_names_fit_everywhere(int width)
    {
        var ada = await Visit(width);
        await ada.Register(NewName(), first: new string('W', 50), last: "אדה");
        foreach (var name in new[] { Long, Arabic, Emoji })
        {
            await ada.CreateCollection(name);
            var collection = ada.Collection;
            foreach (var page in new[] { "/edit", "/share" })
                await ada.Open(collection + page);
        }

        await ada.Open("/collections");
        await Expect(Cards(ada)).ToHaveCountAsync(3);
        await Expect(ada.Page.Locator(".cards strong", new() { HasText = Arabic })).ToHaveCSSAsync("direction", "rtl");
        await ada.Photograph("collections-odd");
        foreach (var _ in new[] { Long, Arabic, Emoji })
        {
            await Cards(ada).First.Locator("summary").ClickAsync();
            await ada.Press("Delete");
        }

        await ada.Open("/trash");
        await ada.Photograph("trash-odd");
        await ada.Open("/settings");
        await ada.Open("/settings/account");
    }

    [Fact]
    public async Task A_long_list_goes_on_by_scrolling_and_by_its_link()
    {
        const int Count = 60;
        var (ada, plain, username) = (await Visit(), await Visit(script: false), NewName());
        await ada.Register(username);
        using var api = await ApiClient.SignInAsync(await Address(), username);
        for (var i = 0; i < Count; i++)
            await api.NewCollectionAsync("private", $"Number {i:00}");

        await ada.Open("/collections");
        await Expect(Cards(ada)).Not.ToHaveCountAsync(Count);
        while (await Cards(ada).CountAsync() is var before && before < Count)
        {
            await ada.Page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight)");
            await Expect(Cards(ada)).Not.ToHaveCountAsync(before);
        }

        await Expect(ada.Page.GetByRole(AriaRole.Link, new() { Name = "More", Exact = true })).ToHaveCountAsync(0);
        Assert.Equal(Count, (await ada.Page.Locator(".cards strong").AllInnerTextsAsync()).Distinct().Count());

        // Looking into one of them and coming back is to the same place.
        var far = ada.Page.Locator(".cards > li", new() { HasText = "Number 11" });
        await far.ScrollIntoViewIfNeededAsync();
        await ada.Click(far.GetByRole(AriaRole.Link, new() { Name = "Number 11" }));
        await ada.Arrive(() => ada.Page.GoBackAsync());
        await Expect(far).ToBeInViewportAsync();

        await plain.SignIn(username, Visitor.Password);
        var seen = new HashSet<string>();
        while (true)
        {
            seen.UnionWith(await plain.Page.Locator(".cards strong").AllInnerTextsAsync());
            var more = plain.Page.GetByRole(AriaRole.Link, new() { Name = "More", Exact = true });
            if (await more.CountAsync() == 0)
                break;
            await plain.Click(more);
        }

        Assert.Equal(Count, seen.Count);

        await plain.Open("/collections");
        await plain.Fill("Search my collections", "number 07");
        await plain.Press("Search");
        await Expect(Cards(plain)).ToHaveCountAsync(1);
        await plain.Fill("Search my collections", "<b>nothing</b>");
        await plain.Press("Search");
        await Expect(plain.Page.GetByText("<b>nothing</b>")).ToBeVisibleAsync();
        await plain.Click(plain.Link("Show all"));
        await Expect(Cards(plain)).Not.ToHaveCountAsync(0);
    }

    private static ILocator Cards(Visitor visitor) => visitor.Page.Locator(".cards > li");

    private static Task OpenMenu(Visitor visitor, string name) => visitor.Page.Locator("summary", new() { HasText = "More for " + name }).ClickAsync();

    private static Task Says(Visitor visitor, string text) => Expect(visitor.Page.GetByText(text).Filter(new() { Visible = true }).First).ToBeVisibleAsync();
}
