using System.Buffers.Text;
using System.Globalization;
using System.Text;
using GifShare.Fixtures;

namespace GifShare.Faults.Tests.Fuzz;

/// <summary>Makes the n-th request of a seed.</summary>
internal sealed class ProbeMaker
{
    private static readonly string[] Garbage =
    [
        "not-a-uuid", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "%7B0199a0f0-0000-7000-8000-00000000abcd%7D", "%00", "..", "%2e%2e%2f%2e%2e",
        "%2F", "%ff%fe", "%F0%9F%8E%89", "null", "-1", "1%20OR%201=1", "%25", "%27%3B--", "%", "%zz", "+", "*", ".", "a%0d%0aX:y", "me", "current", "batch", "~", "@vera", "vera%00", "VERA",
    ];

    private static readonly string[] Pages =
    [
        "GET /", "GET /login", "GET /register", "GET /collections", "GET /collections?q={text}", "GET /c/{collection}", "GET /c/{collection}/edit", "GET /c/{collection}/share",
        "GET /c/{collection}/add", "GET /c/{collection}/pick?ids={gif}", "GET /c/{collection}/items/{gif}", "GET /c/{collection}/download", "GET /s/{token}", "GET /s/{token}/download",
        "GET /s/{token}/save", "GET /embed/{token}", "GET /oembed?url=http://localhost/s/{token}", "GET /oembed?url={text}", "GET /u/{user}", "GET /favorites", "GET /trash", "GET /settings",
        "GET /settings/account", "GET /settings/sessions", "GET /ops", "GET /metrics", "GET /design", "GET /c/{collection}/share/{link}/qr.svg", "GET /media/{text}?a={text}", "GET /docs/", "GET /{text}",
        "POST /login", "POST /register", "POST /logout", "POST /collections", "POST /c/{collection}/edit", "POST /c/{collection}/delete", "POST /c/{collection}/share", "POST /c/{collection}/like",
        "POST /c/{collection}/items/{gif}", "POST /c/{collection}/items/{gif}/place", "POST /c/{collection}/items/{gif}/cover", "POST /c/{collection}/items/{gif}/remove", "POST /c/{collection}/items/selected",
        "POST /undo", "POST /c/{collection}/add/address", "POST /c/{collection}/share/open", "POST /c/{collection}/share/{link}", "POST /c/{collection}/share/{link}/revoke", "POST /settings/display", "POST /settings/avatar/remove",
        "POST /settings/account/email", "POST /settings/account/password", "POST /settings/sessions/{text}/end", "POST /trash/collections/{collection}", "POST /trash/items/{collection}/{gif}", "POST /s/{token}/favorite/{gif}",
        "GET /collections/new", "GET /settings/display", "GET /settings/account/delete", "GET /restore-account", "GET /c/{collection}?{odd}", "GET /collections?{odd}", "GET /trash?{odd}", "GET /favorites?{odd}", "GET /s/{token}?{odd}", "GET /u/{user}?{odd}",
        "GET /c/{collection}/share?{odd}", "GET /c/{collection}/add?{odd}", "GET /c/{collection}/pick?{odd}", "GET /s/{token}/save?{odd}", "GET /login?{odd}", "GET /settings?{odd}", "GET /ops?{odd}", "GET /oembed?{odd}", "POST /c/{collection}/add", "POST /c/{collection}/copy", "POST /s/{token}",
        "POST /s/{token}/like", "POST /s/{token}/save", "POST /favorites/{gif}", "POST /trash/gifs/{gif}", "POST /settings", "POST /settings/avatar", "POST /settings/account/delete",
        "POST /restore-account", "POST /operator/promote?name=vera",
        "OPTIONS /files/", "POST /files/", "GET /files/{gif}", "HEAD /files/{text}", "PATCH /files/{gif}", "POST /files/{text}", "DELETE /files/{gif}", "GET /uppy/s3/params?filename={text}&type={text}&metadata[size]={text}",
        "POST /uppy/s3/multipart", "GET /uppy/s3/multipart/{gif}?key={text}", "GET /uppy/s3/multipart/{text}/1?key=x", "POST /uppy/s3/multipart/{gif}/complete", "DELETE /uppy/s3/multipart/{text}", "POST /media/parts/{gif}/0?a={text}",
    ];

    /// <summary>Everything that a page of ours reads from its address or form, and some that none does.</summary>
    private static readonly string[] Fields =
    [
        "done", "of", "in", "undo", "return", "cursor", "q", "sort", "type", "only", "do", "ids", "gif", "address", "url", "format", "maxwidth", "name", "description", "visibility", "version", "title", "altText", "tags", "rating", "note",
        "place", "what", "target", "collection", "newId", "once", "login", "password", "old", "new", "email", "username", "firstName", "lastName", "bio", "website", "location", "isPrivate", "inviteCode", "label", "expires", "expiresAt",
        "maxViews", "removePassword", "on", "liked", "theme", "linked", "motion", "width", "height", "zzz",
    ];

    private static readonly string[] FieldValues =
    [
        "", "+", "x", "1", "0", "-1", "99999999999999999999", "1e999", "%00", "%ff%fe", "%", "%zz", "%F0%9F%8E%89", "%3Cscript%3E", "%2Fcollections", "%2F%2Fevil.example", "%2F%5Cevil.example", "%0d%0aX:y", "new", "move", "copy", "remove", "all", "download",
        "private", "public", "shared", "manual", "saved", "copied", "selection", "keep", "date", "week", "2026-02-30T25:61", "a,b,,c", "00000000-0000-0000-0000-000000000000", "0199a0f0-0000-7000-8000-00000000abcd", "CfDJ8AAAA", "https%3A%2F%2Fexample.org%2Fa.gif",
    ];

    private readonly ApiDocument document;
    private readonly World world;
    private readonly ApiOperation[] operations;
    private readonly int seed;

    public ProbeMaker(ApiDocument document, World world, int seed)
    {
        (this.document, this.world, this.seed) = (document, world, seed);
        operations = [.. document.Operations.SelectMany(o => Enumerable.Repeat(o, WeightOf(o)))];
    }

    /// <summary>A hash of a password costs 130 ms of a core: a smaller share of them leaves time for everything else.</summary>
    private static int WeightOf(ApiOperation operation) =>
        operation.Template.Contains("password", StringComparison.Ordinal) || operation.Template.EndsWith("/unlock", StringComparison.Ordinal)
        || operation.Template is "/v1/users" or "/v1/users/restore" or "/v1/sessions" && operation.Method == "POST"
        // These end the actor.
        || (operation.Template, operation.Method) is ("/v1/users/me" or "/v1/sessions/current", "DELETE")
            ? 1 : 4;

    public (Probe Probe, Actor Actor) Make(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        int slot;
        Actor actor;
        lock (world.Actors)
        {
            slot = random.Next(world.Actors.Count);
            actor = world.Actors[slot];
        }

        return (random.Next(8) == 0 ? Page(random, actor) : Call(random, actor, operations[number < operations.Length ? number : random.Next(operations.Length)]), actor);
    }

    private Probe Call(Random random, Actor actor, ApiOperation operation)
    {
        var pass = random.Next(100) switch { < 74 => Pass.Valid, < 82 => Pass.None, < 88 => Pass.Vault, _ => Pass.Refused };
        if (pass == Pass.Vault && operation.Method != "GET")
            pass = Pass.None;
        var caller = pass == Pass.Valid ? actor : pass == Pass.Vault ? world.Vaults[random.Next(2)] : null;
        var isElsewhere = false;
        string? hidden = null;
        var path = string.Join('/', operation.Template.Split('/').Select(part =>
            part.StartsWith('{') ? Value(random, caller ?? actor, operation, part[1..^1], ref isElsewhere, ref hidden) : part));
        var method = operation.Method;
        if (random.Next(60) == 0)
            (method, isElsewhere) = (random.Next(6) switch { 0 => "HEAD", 1 => "OPTIONS", 2 => "TRACE", 3 => "FOO", 4 => "PUT", _ => "post" }, true);
        var target = path + Query(random, caller ?? actor, operation, ref hidden);
        // Longer request lines than 8 KB the server refuses itself.
        var probe = new Probe(operation, new Request(method, target), pass, caller) { IsElsewhere = isElsewhere, Hidden = hidden, IsMalformed = target.Length > 7000 };
        Authorize(random, probe, actor);
        AddHeaders(random, probe, actor);
        if (method is not ("GET" or "HEAD" or "TRACE"))
            probe.MustBeRefused = new BodyMaker(document, world, random, caller ?? actor).Fill(probe.Request, operation, probe);
        return probe;
    }

    private Probe Page(Random random, Actor actor)
    {
        var template = Pages[random.Next(Pages.Length)].Split(' ', 2);
        var elsewhere = false;
        string? hidden = null;
        var target = template[1];
        foreach (var (name, from) in (ReadOnlySpan<(string, string)>)[("{collection}", "/v1/collections/{id}"), ("{gif}", "/v1/gifs/{id}"), ("{token}", "/v1/shared/{token}"), ("{link}", "/v1/l/{linkId}"), ("{user}", "/v1/users/{username}")])
            if (target.Contains(name, StringComparison.Ordinal))
                target = target.Replace(name, Choose(random, actor, from, ref elsewhere, ref hidden), StringComparison.Ordinal);
        while (target.Contains("{text}", StringComparison.Ordinal))
            target = target.Replace("{text}", Garbage[random.Next(Garbage.Length)], StringComparison.Ordinal);
        target = target.Replace("{odd}", Odd(random, actor, random.Next(1, 5)), StringComparison.Ordinal);
        var request = new Request(template[0], target).With("Accept", random.Next(8) == 0 ? "text/html; blazor-enhanced-nav=on" : random.Next(8) == 0 ? "application/json" : "text/html,*/*;q=0.5");
        foreach (var name in (string[])["blazor-enhanced-nav", "X-Antiforgery", "If-None-Match", "Range", "Accept-Encoding", "Accept-Language", "Referer", "Origin"])
            if (random.Next(20) == 0)
                for (var times = random.Next(1, 3); times > 0; times--)
                    request.With(name, random.Next(4) switch { 0 => "", 1 => "allow", 2 => "\"1.1\", *", _ => RandomText(random, 30) });
        // Whose cookies would sign out or end whom, nobody knows: those go without.
        var browser = random.Next(3) > 0 && target is not ("/logout" or "/settings/account/delete") ? actor.Browser : null;
        if (browser is { } signedIn)
            request.With("Cookie", signedIn.Cookie);
        else if (random.Next(3) == 0)
            request.With("Cookie", $"gifshare-session={RandomText(random, 40)}; gifshare-form={RandomText(random, 100)}; gifshare={RandomText(random, 10)}; look=;;=\"x");
        if (template[0] == "POST")
        {
            var form = random.Next(browser is null ? 4 : 12) switch
            {
                0 => "name=x&password=y&login=vera&__RequestVerificationToken=" + RandomText(random, 90),
                1 => "%%%=%00&ids=" + new string('9', 3000),
                2 => string.Concat(Enumerable.Repeat("ids=1&", 1500)),
                3 => "",
                _ => $"_antiforgery={browser!.Value.Form}&{Odd(random, actor, random.Next(1, 9))}",
            };
            request.With("Content-Type", random.Next(5) == 0 ? "multipart/form-data; boundary=x" : "application/x-www-form-urlencoded").WithBody(Encoding.UTF8.GetBytes(form));
        }

        return new Probe(null, request, Pass.None, browser is null ? null : actor) { IsElsewhere = true };
    }

    private static string Odd(Random random, Actor actor, int count) => string.Join('&', Enumerable.Range(0, count).Select(_ =>
        Fields[random.Next(Fields.Length)] + "=" + (random.Next(5) switch { 0 => actor.Gifs.Any(random), 1 => actor.Collections.Any(random), _ => null } ?? FieldValues[random.Next(FieldValues.Length)])));

    private string Value(Random random, Actor actor, ApiOperation operation, string name, ref bool isElsewhere, ref string? hidden) =>
        Choose(random, actor, operation.Template[..(operation.Template.IndexOf("{" + name, StringComparison.Ordinal) + name.Length + 2)], ref isElsewhere, ref hidden);

    /// <param name="random">Decides.</param>
    /// <param name="actor">Whose things are "own".</param>
    /// <param name="from">The path up to the parameter.</param>
    /// <param name="isElsewhere">Set when it may lead to another route.</param>
    /// <param name="hidden">Set when it is a vault's.</param>
    private string Choose(Random random, Actor actor, string from, ref bool isElsewhere, ref string? hidden)
    {
        switch (random.Next(100))
        {
            case < 12:
                isElsewhere = true;
                return Garbage[random.Next(Garbage.Length)];
            case < 14:
                return new string('a', random.Next(8) == 0 ? 9000 : random.Next(100, 6000));
            case < 20:
                return from.EndsWith("{token}", StringComparison.Ordinal) ? RandomText(random, 22) : Guid.CreateVersion7().ToString();
            case < 34 when !from.EndsWith("{username}", StringComparison.Ordinal):
                return hidden = world.Hidden[random.Next(world.Hidden.Length)];
            case < 46:
                lock (world.Actors)
                    actor = world.Actors[random.Next(world.Actors.Count)];
                break;
        }

        var nothing = Guid.CreateVersion7().ToString();
        if (from.EndsWith("{username}", StringComparison.Ordinal))
            return random.Next(3) switch { 0 => "vera", 1 => "vito", _ => actor.Name };
        if (from.EndsWith("{token}", StringComparison.Ordinal))
            return random.Next(4) switch { 0 => world.OpenLink, 1 => world.PasswordLink, _ => actor.LinkTokens.Any(random) ?? world.OpenLink };
        if (from.EndsWith("{linkId}", StringComparison.Ordinal))
            return actor.Links.Any(random) ?? nothing;
        if (from.EndsWith("{gifId}", StringComparison.Ordinal) || from.Contains("/gifs/", StringComparison.Ordinal))
            return actor.Gifs.Any(random) ?? nothing;
        return (from.Contains("/sessions/", StringComparison.Ordinal) ? actor.Sessions : actor.Collections).Any(random) ?? nothing;
    }

    private string Query(Random random, Actor actor, ApiOperation operation, ref string? hidden)
    {
        List<string> parts = [];
        foreach (var (where, name, schema) in operation.Parameters)
        {
            if (where != "query" || random.Next(3) == 0)
                continue;
            var value = name switch
            {
                "limit" => random.Next(8) switch { 0 => "0", 1 => "101", 2 => "-1", 3 => "abc", 4 => "99999999999999999999", 5 => "", _ => random.Next(1, 101).ToString(CultureInfo.InvariantCulture) },
                "cursor" => random.Next(4) switch { 0 => RandomText(random, 60), 1 => "%00", 2 => (actor.Cursors.Any(random) ?? "x") + "A", _ => actor.Cursors.Any(random) ?? "" },
                "via" => random.Next(4) switch { 0 => world.OpenLink, 1 => world.PasswordLink, 2 => actor.LinkTokens.Any(random) ?? "", _ => hidden = world.Hidden[random.Next(world.Hidden.Length)] },
                "ids" => string.Join(',', Enumerable.Range(0, random.Next(5)).Select(_ => actor.Gifs.Any(random) ?? "x")),
                _ when random.Next(2) == 0 && schema?["enum"] is System.Text.Json.Nodes.JsonArray choices => (string)choices[random.Next(choices.Count)]!,
                "type" => random.Next(3) switch { 0 => "collection", 1 => "item", _ => "gif" },
                _ => random.Next(6) switch { 0 => "%25_%5c", 1 => "%00", 2 => "%ff%fe", 3 => new string('q', random.Next(3000)), 4 => "%F0%9F%8E%89", _ => "text" },
            };
            parts.Add($"{name}={value}");
            if (random.Next(25) == 0)
                parts.Add($"{name}={value}");
        }

        if (random.Next(10) == 0)
            parts.Add("unknown=%00&&=&x[]=1");
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }

    private void Authorize(Random random, Probe probe, Actor actor)
    {
        var request = probe.Request;
        switch (probe.Pass)
        {
            case Pass.Valid or Pass.Vault:
                request.With("Authorization", "Bearer " + probe.Caller!.Token);
                break;
            case Pass.Refused:
                var parts = actor.Token.Split('.');
                request.With("Authorization", random.Next(12) switch
                {
                    0 or 1 => "Bearer " + world.RevokedToken,
                    2 or 3 => "Bearer " + world.ExpiredToken,
                    4 => $"Bearer {parts[0]}.{parts[1]}.{RandomText(random, 86)}",
                    5 => $"Bearer {Base64Url.EncodeToString("""{"alg":"none","typ":"JWT"}"""u8)}.{parts[1]}.",
                    6 => $"Bearer {parts[0]}.{world.Vaults[0].Token.Split('.')[1]}.{parts[2]}",
                    7 => $"Bearer {Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8)}.{parts[1]}.{RandomText(random, 43)}",
                    8 => "Basic dmVyYTpwYXNzd29yZA==",
                    9 => "Bearer",
                    10 => "Bearer " + new string('A', random.Next(100, 6000)),
                    _ => "Bearer " + actor.Token + "x",
                });
                break;
        }
    }

    private static void AddHeaders(Random random, Probe probe, Actor actor)
    {
        var request = probe.Request;
        if (random.Next(5) == 0)
        {
            probe.IsOnce = true;
            request.With("Idempotency-Key", random.Next(8) switch { 0 => "", 1 => new string('k', 129), 2 => "with space", 3 => "ключ", _ => "key-" + random.Next(30) });
        }

        if (random.Next(8) == 0)
            request.With("If-Match", Tag());
        if (random.Next(12) == 0)
            request.With("If-None-Match", Tag());
        if (random.Next(16) == 0)
            request.With("Range", random.Next(4) switch { 0 => "bytes=0-10", 1 => "bytes=-1", 2 => "bytes=99999999999-", _ => "lines=a-b" });
        if (random.Next(10) == 0)
            request.With("Accept", random.Next(4) switch { 0 => "text/html", 1 => "application/xml", 2 => "*/*;q=0", _ => ";;;,," });
        if (random.Next(20) == 0)
            request.With("Link-Unlock", RandomText(random, random.Next(1, 300)));
        if (random.Next(20) == 0)
            request.With("Link-View", RandomText(random, random.Next(1, 300)));
        if (random.Next(30) == 0)
            request.With("X-Forwarded-For", "10.0.0.1, ::1, garbage").With("X-Forwarded-Proto", "gopher").With("X-HTTP-Method-Override", "DELETE").With("X-Original-URL", "/ops");
        if (random.Next(40) == 0)
            request.With("Cookie", "a=b; =; gifshare-session=x; \"").With("Origin", "https://evil.example");

        string Tag() => random.Next(6) switch { 0 => "*", 1 => "\"1\"", 2 => "W/\"1\"", 3 => "garbage", 4 => "\"99999999999999999999.1\"", _ => actor.Tags.Any(random) ?? "\"1.1\"" };
    }

    private static string RandomText(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return Base64Url.EncodeToString(bytes)[..length];
    }
}
