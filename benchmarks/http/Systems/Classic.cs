using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using StackExchange.Redis;

namespace GifShare.Bench.Systems;

/// <summary>
/// (b) The classic design: minimal API, Npgsql, and Redis as a cache-aside cache: one rendered page per key, deleted by each write, with a TTL of an
/// hour. Tuned as a careful team would: prepared statements, one statement per write, cached bytes straight from Redis to the socket, entity tags,
/// one round trip to Redis per read, one per write for all invalidations, single-flight loading of missing pages, fire-and-forget view counts in
/// Redis. No rate limits, request log, metrics or session revocation check, all of which GifShare has.
/// </summary>
internal sealed class Classic(ClassicStore store, PageCache cache)
{
    private readonly BearerTokens tokens = new();
    private readonly Flights flights = new();

    // The mapping of token to collection is immutable; a revoked link has no page in Redis and is not found in the database.
    private readonly ConcurrentDictionary<string, SharedKeys> links = new();

    /// <param name="args">The port, the connection string, the socket of Redis.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var store = new ClassicStore(args[1]);
        await using var cache = await PageCache.ConnectAsync(args[2]);
        var classic = new Classic(store, cache);
        await using var app = Web.Create(int.Parse(args[0])).Build();
        app.Use(static (context, next) =>
        {
            Web.Secure(context.Response.Headers);
            return next(context);
        });
        app.MapGet("/v1/shared/{token}", (RequestDelegate)classic.GetShared);
        app.MapGet("/v1/collections/{id}", (RequestDelegate)(context => classic.GetOwn(context, Kind.Head)));
        app.MapGet("/v1/collections/{id}/items", (RequestDelegate)(context => classic.GetOwn(context, Kind.Items)));
        app.MapPost("/v1/collections/{id}/items", (RequestDelegate)classic.AddItem);
        app.MapPut("/v1/collections/{id}/like", (RequestDelegate)(context => classic.Like(context, true)));
        app.MapDelete("/v1/collections/{id}/like", (RequestDelegate)(context => classic.Like(context, false)));
        await app.RunAsync();
        return 0;
    }

    private async Task GetShared(HttpContext context)
    {
        var token = (string)context.Request.RouteValues["token"]!;
        if (!links.TryGetValue(token, out var link))
        {
            if (await store.FindLink(World.HashOf(token)) is not { } found)
            {
                context.Response.StatusCode = 404;
                return;
            }

            links[token] = link = new(SharedPages(found), Encoding.ASCII.GetBytes(token), Encoding.ASCII.GetBytes("t:" + token), Key("v:", found, ""));
        }

        if (Asked(context) is { } asked && await cache.FindSharedTag(link.Pages, link.Tag) == asked)
        {
            Unchanged(context, asked);
            return;
        }

        using (var cached = await cache.FindShared(link.Pages, link.Field))
            if (cached is not null)
            {
                cache.CountView(link.Views);
                await Write(context, cached.Memory, isPublic: true);
                return;
            }

        var loaded = await flights.Load(
            link.Pages,
            token,
            async () => await store.LoadShared(World.HashOf(token)) is { } found ? PageCache.Pack(Pages.Shared(found.Head, found.Items)) : null,
            value => cache.PutShared(link.Pages, link.Field, link.Tag, value));
        if (loaded is not null)
            cache.CountView(link.Views);
        await WriteLoaded(context, loaded, isPublic: true);
    }

    private async Task GetOwn(HttpContext context, Kind kind)
    {
        if (User(context) is not { } user || Id(context) is not { } id)
            return;
        // The key contains the reader's id, so that a hit needs no further authorization.
        var key = kind == Kind.Head ? OwnHead(id, user) : OwnItems(id, user);
        if (Asked(context) is { } asked && await cache.FindTag(key) == asked)
        {
            Unchanged(context, asked);
            return;
        }

        using (var cached = await cache.Find(key))
            if (cached is not null)
            {
                await Write(context, cached.Memory, isPublic: false);
                return;
            }

        var loaded = await flights.Load(
            key,
            null,
            async () => await store.Load(id) is { } found && found.Owner == user
                ? PageCache.Pack(kind == Kind.Head ? Pages.Head(found.Head) : Pages.Items(found.Head, found.Items))
                : null,
            value => cache.Put(key, value));
        await WriteLoaded(context, loaded, isPublic: false);
    }

    private async Task AddItem(HttpContext context)
    {
        if (User(context) is not { } user || Id(context) is not { } id)
            return;
        var body = await context.Request.ReadFromJsonAsync(ClassicJson.Default.AddBody);
        if (body is null || await store.AddItem(id, user, body.GifId) is not { } added)
        {
            context.Response.StatusCode = 404;
            return;
        }

        if (added.IsNew)
        {
            await Forget(id, user);
            context.Response.StatusCode = 201;
            context.Response.Headers.Location = $"/v1/collections/{id}/items/{body.GifId}";
            context.Response.Headers.ETag = $"\"{added.Version}.0\"";
        }

        context.Response.Headers.CacheControl = "private, no-cache";
        await context.Response.WriteAsJsonAsync(added.Item, GifShareJson.Default.CollectionItem);
    }

    private async Task Like(HttpContext context, bool liked)
    {
        if (User(context) is not { } user || Id(context) is not { } id)
            return;
        if (await store.SetLike(id, user, liked) is not { } count)
        {
            context.Response.StatusCode = 404;
            return;
        }

        await Forget(id, user);
        await context.Response.WriteAsJsonAsync(new Collections.LikeState(liked, count), GifShareJson.Default.LikeState);
    }

    private Task Forget(Guid id, Guid owner)
    {
        RedisKey[] pages = [SharedPages(id), OwnHead(id, owner), OwnItems(id, owner)];
        flights.Forget(pages);
        return cache.Forget(pages);
    }

    private static string? Asked(HttpContext context) => context.Request.Headers.IfNoneMatch is [{ } asked] ? asked : null;

    private static void Unchanged(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        context.Response.StatusCode = 304;
    }

    private static Task WriteLoaded(HttpContext context, byte[]? value, bool isPublic)
    {
        if (value is not null)
            return Write(context, value, isPublic);
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    private static Task Write(HttpContext context, ReadOnlyMemory<byte> value, bool isPublic)
    {
        var body = PageCache.BodyOf(value);
        var headers = context.Response.Headers;
        headers.ETag = PageCache.TagOf(value.Span);
        headers.CacheControl = isPublic ? "public, no-cache" : "private, no-cache";
        headers.ContentType = "application/json; charset=utf-8";
        headers.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    private Guid? User(HttpContext context)
    {
        if (tokens.Verify(context.Request.Headers.Authorization) is { } user)
            return user;
        context.Response.StatusCode = 401;
        return null;
    }

    private static Guid? Id(HttpContext context)
    {
        if (Guid.TryParse((string)context.Request.RouteValues["id"]!, out var id))
            return id;
        context.Response.StatusCode = 404;
        return null;
    }

    private static RedisKey SharedPages(Guid collection) => Key("s:", collection, "");

    private static RedisKey OwnHead(Guid collection, Guid reader) => Key("h:", collection, reader.ToString("N"));

    private static RedisKey OwnItems(Guid collection, Guid reader) => Key("i:", collection, reader.ToString("N"));

    private static RedisKey Key(string kind, Guid id, string rest) => Encoding.ASCII.GetBytes($"{kind}{id:N}{rest}");

    private enum Kind
    {
        Head,
        Items,
    }

    private sealed record SharedKeys(RedisKey Pages, RedisValue Field, RedisValue Tag, RedisKey Views);
}

internal sealed record AddBody(Guid GifId);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AddBody))]
internal sealed partial class ClassicJson : JsonSerializerContext;

/// <summary>(b)'s access tokens: JWT with HS256; verified tokens are cached.</summary>
internal sealed class BearerTokens
{
    private static readonly byte[] Secret = SHA256.HashData("the benchmark's own key"u8);
    private readonly ConcurrentDictionary<string, (Guid User, DateTime Until)> verified = new();

    public static string Issue(Guid user)
    {
        var text = Encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"u8) + "." + Encode(JsonSerializer.SerializeToUtf8Bytes(new { sub = user, exp = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds() }));
        return text + "." + Sign(text);
    }

    public Guid? Verify(string? header)
    {
        if (header is null || !header.StartsWith("Bearer ", StringComparison.Ordinal))
            return null;
        if (verified.TryGetValue(header, out var known))
            return known.Until > DateTime.UtcNow ? known.User : null;
        var parts = header[7..].Split('.');
        if (parts.Length != 3 || Sign($"{parts[0]}.{parts[1]}") != parts[2])
            return null;
        using var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        known = (claims.RootElement.GetProperty("sub").GetGuid(), DateTimeOffset.FromUnixTimeSeconds(claims.RootElement.GetProperty("exp").GetInt64()).UtcDateTime);
        verified[header] = known;
        return known.Until > DateTime.UtcNow ? known.User : null;
    }

    private static string Sign(string text) => Encode(HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes(text)));

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
