using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;
using Microsoft.Extensions.DependencyInjection;

namespace GifShare.Http.Tests.Http;

/// <summary>Walks the server's own reference and sends each operation what it must refuse: the documented code, a problem, never a 5xx.</summary>
public sealed class OpenApiWalkTests(ConventionsProduct product) : IClassFixture<ConventionsProduct>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_operation_is_described_whole()
    {
        var reference = await ApiDocument.LoadAsync(product.Address, Token);
        Assert.True(reference.Operations.Count > 10);
        foreach (var operation in reference.Operations)
        {
            Assert.True(operation.Statuses.Any(code => code is >= 200 and < 300), $"{operation}: no success");
            Assert.True(operation.Method == "GET" || operation.Statuses.Contains(403), $"{operation}: no 403");
            foreach (var code in operation.Statuses.Where(code => code >= 400))
                Assert.Contains("application/problem+json", operation.Json["responses"]![code.ToString()]!["content"]!.AsObject().Select(c => c.Key));
        }
    }

    [Fact]
    public async Task Every_list_says_what_is_in_it()
    {
        var reference = await ApiDocument.LoadAsync(product.Address, Token);
        Assert.Empty(ListsOfAnything(reference.Json));

        static IEnumerable<string> ListsOfAnything(JsonNode? node) => node switch
        {
            JsonObject some => some.SelectMany(m => ListsOfAnything(m.Value)).Concat(
                some["type"] is { } type && type.ToJsonString().Contains("\"array\"", StringComparison.Ordinal) && some["items"] is null ? [some.GetPath()] : []),
            JsonArray many => many.SelectMany(ListsOfAnything),
            _ => [],
        };
    }

    [Fact]
    public async Task Missing_and_forged_tokens_are_401_everywhere()
    {
        var reference = await ApiDocument.LoadAsync(product.Address, Token);
        using var anonymous = new ApiClient(product.Address);
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var forged = ada.Token![..^4] + (ada.Token.EndsWith("AAAA", StringComparison.Ordinal) ? "BBBB" : "AAAA");
        using var forger = new ApiClient(product.Address, forged);
        await Each(reference.Operations, async operation =>
        {
            var (path, body) = (operation.Path(), operation.ValidBody());
            (await forger.SendAsync(operation.Method, path, body)).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
            if (operation.NeedsSignIn)
                (await anonymous.SendAsync(operation.Method, path, body)).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        });
    }

    [Fact]
    public async Task Expired_and_revoked_tokens_are_401_everywhere()
    {
        var clock = new MovingClock();
        await using var mine = await TestProduct.StartAsync(ConventionsProduct.NoLimits, builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var reference = await ApiDocument.LoadAsync(mine.BaseAddress, Token);
        using var ada = await ApiClient.RegisterAsync(mine.BaseAddress);
        using var eve = await ApiClient.RegisterAsync(mine.BaseAddress);
        using var revoked = new ApiClient(mine.BaseAddress, eve.Token);
        Assert.Equal(204, (await revoked.DeleteAsync("/v1/sessions/current")).StatusCode);
        await Each(reference.Operations, async operation =>
            (await revoked.SendAsync(operation.Method, operation.Path(), operation.ValidBody())).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated"));

        using var expired = new ApiClient(mine.BaseAddress, ada.Token);
        Assert.Equal(200, (await expired.GetAsync("/v1/users/me")).StatusCode);
        clock.Offset = TimeSpan.FromMinutes(16);
        await Each(reference.Operations, async operation =>
            (await expired.SendAsync(operation.Method, operation.Path(), operation.ValidBody())).IsProblem(HttpStatusCode.Unauthorized, "unauthenticated"));
    }

    [Fact]
    public async Task Broken_bodies_are_refused_with_the_documented_code()
    {
        var reference = await ApiDocument.LoadAsync(product.Address, Token);
        using var ada = await ApiClient.RegisterAsync(product.Address);
        await Each(reference.Operations.Where(o => o.Body is not null), async operation =>
        {
            foreach (var (what, body) in operation.BrokenBodies())
                Refused(operation, what, await ada.SendAsync(operation.Method, operation.Path(), body), 400);
            var text = new StringContent("{}", Encoding.UTF8, "text/plain");
            Refused(operation, "text/plain", await ada.SendAsync(operation.Method, operation.Path(), text), 415);
            Refused(operation, "64 KB and one", await ada.SendAsync(operation.Method, operation.Path(), new string(' ', (64 * 1024) + 1)), 413);
            var bytes = new ByteArrayContent([(byte)'{', (byte)'"', 0xc3, 0x28, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
            bytes.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            Refused(operation, "invalid UTF-8", await ada.SendAsync(operation.Method, operation.Path(), bytes), 400);
        });
    }

    [Fact]
    public async Task Texts_of_any_kind_are_refused_or_come_back_harmless()
    {
        var reference = await ApiDocument.LoadAsync(product.Address, Token);
        using var ada = await ApiClient.RegisterAsync(product.Address);
        string[] nasty = ["", new string('x', 5000), "a\0b", "\u202eevil", "<script>alert(1)</script>", "../../etc/passwd", "a\r\nSet-Cookie: x=1", "' OR 1=1 --", "😀😀"];
        await Each(reference.Operations.Where(o => o.Body is not null && !o.EndsAccounts()), async operation =>
        {
            foreach (var member in operation.TextMembers())
                foreach (var text in nasty)
                {
                    var reply = await ada.SendAsync(operation.Method, operation.Path(), operation.ValidBody(member, text));
                    Assert.True(reply.StatusCode < 500, $"{operation} {member}={text}: {reply.StatusCode} {reply.Text}");
                    Assert.Null(reply.Header("Set-Cookie"));
                    Assert.DoesNotContain("<script", reply.Text, StringComparison.OrdinalIgnoreCase);
                    if (reply.StatusCode >= 400)
                        reply.IsProblem();
                    // A profile's password is looked at only beside a new email.
                    if (text.Length == 5000 && (operation.Method, member) != ("PATCH", "password"))
                        Assert.True(reply.StatusCode is >= 400 and < 500, $"{operation} takes 5000 characters of {member}");
                }
        });
    }

    [Fact]
    public async Task Malformed_and_unknown_ids_are_404()
    {
        var reference = await ApiDocument.LoadAsync(product.Address, Token);
        using var ada = await ApiClient.RegisterAsync(product.Address);
        await Each(reference.Operations.Where(o => o.HasPathParameter), async operation =>
        {
            foreach (var id in (string[])["not-an-id", "0", "00000000-0000-0000-0000-000000000000", Guid.NewGuid().ToString("N"), "..%2f..", new string('x', 1000)])
            {
                var reply = await ada.SendAsync(operation.Method, operation.Path(id), operation.ValidBody());
                // A body that names nothing that exists may be refused before the path is.
                Assert.True(reply.StatusCode is 404 || (operation.Body is not null && reply.StatusCode == 400), $"{operation} {id}: {reply.StatusCode} {reply.Text}");
                reply.IsProblem();
            }
        });
    }

    [Fact]
    public async Task Bad_paging_is_400_on_every_list()
    {
        var reference = await ApiDocument.LoadAsync(product.Address, Token);
        using var ada = await ApiClient.RegisterAsync(product.Address);
        var lists = reference.Operations.Where(o => o.HasQuery("cursor")).ToArray();
        Assert.NotEmpty(lists);
        await Each(lists, async operation =>
        {
            foreach (var query in (string[])["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=%00", "cursor=" + new string('A', 4000)])
            {
                var reply = await ada.GetAsync(operation.Path() + "?" + query);
                // A cursor is looked at by the thing itself, which does not exist here.
                Assert.True(reply.StatusCode == 400 || (reply.StatusCode == 404 && operation.HasPathParameter), $"{operation}?{query[..Math.Min(40, query.Length)]}: {reply.StatusCode} {reply.Text}");
                reply.IsProblem();
            }
        });
    }

    private static void Refused(ApiOperation operation, string what, Answer reply, int status)
    {
        Assert.True(reply.StatusCode == status, $"{operation}, {what}: expected {status}, got {reply.StatusCode} {reply.Text}");
        Assert.Contains(status, operation.Statuses);
        reply.IsProblem();
    }

    private static async Task Each(IEnumerable<ApiOperation> operations, Func<ApiOperation, Task> check)
    {
        foreach (var operation in operations)
            await check(operation);
    }
}
