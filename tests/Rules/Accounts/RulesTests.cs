using FsCheck;
using FsCheck.Fluent;
using GifShare.Grains.Accounts;
using GifShare.Grains.Requests;

namespace GifShare.Rules.Tests.Accounts;

public sealed class RulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("ada")]
    [InlineData("a.b_c9")]
    [InlineData("0zero")]
    [InlineData("a__b")]
    public void Good_usernames(string name) => Assert.Null(Usernames.Refusal(Usernames.Normalize(name)));

    [Theory]
    [InlineData("ab")]
    [InlineData("abcdefghijabcdefghijabcdefghijx")]
    [InlineData("_ada")]
    [InlineData("ada.")]
    [InlineData("a..b")]
    [InlineData("a-b")]
    [InlineData("ädä")]
    [InlineData("a b c")]
    [InlineData("Admin")]
    [InlineData("gifshare")]
    [InlineData("ada\n")]
    [InlineData("")]
    public void Bad_usernames(string name) => Assert.NotNull(Usernames.Refusal(name.ToLowerInvariant()));

    [Theory]
    [InlineData("short")]
    [InlineData("password12")]
    [InlineData("P@ssw0rd2024!")]
    [InlineData("1234567890")]
    [InlineData("0987654321")]
    [InlineData("qwertyuiop")]
    [InlineData("Qwertyuiop[]1")]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("abababababab")]
    [InlineData("abcdefghijkl")]
    [InlineData("iloveyou!!1")]
    [InlineData("dragondragon")]
    [InlineData("drowssap123")]
    [InlineData("1q2w3e4r5t")]
    [InlineData("adalovelace1")]
    [InlineData("nul\0inside the text")]
    public void Bad_passwords(string password) => Assert.NotNull(Passwords.Refusal(password, "adalovelace", "ada@example.org"));

    [Theory]
    [InlineData("seven quiet otters")]
    [InlineData("Tr0ub4dor&3xyz")]
    [InlineData("ünï cødé ok")]
    [InlineData("8f3k2m9x7q")]
    [InlineData("   spaced   ")]
    public void Good_passwords(string password) => Assert.Null(Passwords.Refusal(password, "adalovelace", "ada@example.org"));

    [Fact]
    public void A_password_may_have_256_code_points_and_not_one_more()
    {
        const string block = "😀bcd";
        Assert.Null(Passwords.Refusal(string.Concat(Enumerable.Repeat("ab1😀cdéf", 32))[..^1] + "z"));
        Assert.NotNull(Passwords.Refusal(string.Concat(Enumerable.Repeat(block, 65))));
        Assert.NotNull(Passwords.Refusal(new string('x', 1_000_000)));
    }

    [Fact]
    public async Task More_passwords_than_may_wait_are_turned_away_and_the_rest_is_checked()
    {
        using var hashing = new PasswordHashing();
        var hash = await hashing.Hash("seven quiet otters");
        // Identity's format: 1, HMAC-SHA512 (2), the rounds.
        Assert.Equal("01" + "00000002" + "00033450", Convert.ToHexString(Convert.FromBase64String(hash!), 0, 9));
        var room = Environment.ProcessorCount + 32;
        var results = await Task.WhenAll(Enumerable.Range(0, room + 10).Select(i => hashing.Verify(hash, i % 2 == 0 ? "seven quiet otters" : "wrong password")));
        Assert.InRange(results.Count(result => result is null), 1, 10);
        for (var i = 0; i < results.Length; i++)
            Assert.True(results[i] is null || results[i] == (i % 2 == 0));
        Assert.Equal(false, await hashing.Verify(null, "seven quiet otters"));
    }

    [Fact]
    public async Task A_hash_of_fewer_rounds_still_opens_and_is_outdated()
    {
        using var before = new PasswordHashing(100_000);
        using var today = new PasswordHashing();
        var old = (await before.Hash("seven quiet otters"))!;
        Assert.True(await today.Verify(old, "seven quiet otters"));
        Assert.False(await today.Verify(old, "seven quiet otter"));
        Assert.True(today.IsOutdated(old));
        Assert.False(today.IsOutdated((await today.Hash("seven quiet otters"))!));
        Assert.False(before.IsOutdated(old));
    }

    [Fact]
    public void Two_keyboards_that_compose_characters_differently_type_the_same_password() =>
        Assert.Equal(Passwords.Normalize("caf\u00e9 cr\u00e8me"), Passwords.Normalize("cafe\u0301 cre\u0300me"));

    [Fact]
    public void Rules_about_passwords_never_throw() =>
        Prop.ForAll<string?>(text => Passwords.Refusal(text ?? "", "") is null or { Length: > 0 }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_sliding_window_admits_exactly_what_the_definition_does() =>
        Prop.ForAll<byte[]>(gaps =>
        {
            // The definition: an event is admitted when fewer than the limit were admitted in the 60 s up to it.
            const int limit = 5;
            var window = new SlidingWindow(TimeSpan.FromSeconds(60));
            List<DateTimeOffset> admitted = [];
            var at = Now;
            foreach (var gap in gaps)
            {
                at += TimeSpan.FromSeconds(gap % 25);
                var expected = admitted.Count(other => other > at - TimeSpan.FromSeconds(60)) < limit;
                if (window.TryTake(at, limit) != expected)
                    return false;
                if (expected)
                    admitted.Add(at);
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Forgiving_takes_back_the_latest_only()
    {
        var window = new SlidingWindow(TimeSpan.FromMinutes(1));
        window.TryTake(Now, 3);
        window.TryTake(Now.AddSeconds(30), 3);
        window.TryTake(Now.AddSeconds(50), 3);
        window.Forgive();
        Assert.Equal(2, window.Count(Now.AddSeconds(59)));
        Assert.Equal(1, window.Count(Now.AddSeconds(60)));
        Assert.Equal(30, window.ResetSeconds(Now.AddSeconds(60)));
    }

    [Fact]
    public void Refresh_tokens_say_whose_they_are_and_cannot_be_made_up()
    {
        var tokens = new RefreshTokens(new MasterKey(Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)i)])));
        var (user, session) = (UserId.New(), SessionId.New());
        var (token, hash) = tokens.Make(user, session, 7);
        Assert.Equal(token, tokens.Make(user, session, 7).Token);
        var (next, elsewhere) = (tokens.Make(user, session, 8).Token, tokens.Make(user, SessionId.New(), 7).Token);
        Assert.NotEqual(token[48..69], next[48..69]);
        Assert.NotEqual(token[48..69], elsewhere[48..69]);
        Assert.True(tokens.TryRead(token, out var read));
        Assert.Equal((user, session, 7), (read.User, read.Session, read.Generation));
        Assert.Equal(hash, read.Hash);
        for (var i = 0; i < token.Length - 1; i++)
            Assert.False(tokens.TryRead(token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..], out _));
        Assert.False(tokens.TryRead(token + "A", out _));
        Assert.False(tokens.TryRead("", out _));
        var other = new RefreshTokens(new MasterKey(Convert.ToBase64String(new byte[32])));
        Assert.False(other.TryRead(token, out _));
        Assert.NotEqual(token[48..69], other.Make(user, session, 7).Token[48..69]);
    }

    [Fact]
    public void A_family_follows_its_rules_whatever_is_presented()
    {
        Prop.ForAll<byte[]>(choices =>
        {
            var family = new RefreshFamily(1, [1], null, null);
            List<RefreshToken> issued = [new(default, default, 1, [1])];
            HashSet<int> used = [];
            foreach (var choice in choices)
            {
                var token = issued[choice % issued.Count];
                var age = TimeSpan.FromSeconds(choice % 2 == 0 ? 30 : 31);
                var verdict = family.Judge(token, age);
                // What was used last made the latest: for 30 s it makes it again. Everything else that was used before is a copy.
                var expected = token.Generation == family.Latest ? RefreshVerdict.Rotate
                    : token.Generation == family.Used && age.TotalSeconds <= 30 ? RefreshVerdict.Repeat : RefreshVerdict.EndFamily;
                if (verdict != expected || verdict == RefreshVerdict.EndFamily != used.Contains(token.Generation) && verdict != RefreshVerdict.Repeat)
                    return false;
                if (verdict == RefreshVerdict.EndFamily)
                    return true;
                if (verdict == RefreshVerdict.Repeat)
                    continue;
                used.Add(token.Generation);
                family = family.Next(token, [(byte)(family.Latest + 1)]);
                issued.Add(new(default, default, family.Latest, [(byte)family.Latest]));
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_display_name_is_made_of_both_names_and_cut_between_characters()
    {
        var fields = new RequestValidator();
        var user = User.Register(UserId.New(), new(string.Concat(Enumerable.Repeat("😀", 50)), string.Concat(Enumerable.Repeat("é", 50)), "a@b.example", "ada", "seven quiet otters"), fields, Now);
        Assert.True(fields.AreValid, string.Join(", ", fields.Error.Fields!.Keys));
        Assert.Equal(60, RequestValidator.CodePoints(user.DisplayName));
        Assert.False(char.IsHighSurrogate(user.DisplayName[^1]));
    }

    [Theory]
    [InlineData("ada@example.org", true)]
    [InlineData("a+b@sub.example.org", true)]
    [InlineData("root@localhost", true)]
    [InlineData("ünï@exämple.org", true)]
    [InlineData("a@b", false)]
    [InlineData("a@@b.c", false)]
    [InlineData("a b@c.de", false)]
    [InlineData("a@-b.de", false)]
    [InlineData("a@b..de", false)]
    [InlineData("<script>@b.de", false)]
    [InlineData("a@b.de\r\nBcc: x@y.z", false)]
    public void Emails(string email, bool good)
    {
        var fields = new RequestValidator();
        User.Register(UserId.New(), new("A", "B", email, "ada", "seven quiet otters"), fields, Now);
        Assert.Equal(good, fields.AreValid);
    }
}
