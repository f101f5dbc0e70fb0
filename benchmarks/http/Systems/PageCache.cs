using System.Buffers;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace GifShare.Bench.Systems;

/// <summary>
/// (b)'s pages in Redis, over one multiplexed connection, so that concurrent commands are pipelined. A value is the length of the entity tag, the tag
/// and the JSON; a page goes from the client's pooled buffer to the response without a copy to a string or array.
/// The shared pages of a collection are one hash with a field for each link: a read is one command, a write or revocation deletes one key.
/// </summary>
internal sealed class PageCache : IAsyncDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private readonly ConnectionMultiplexer redis;
    private readonly IDatabase database;

    private PageCache(ConnectionMultiplexer redis) => (this.redis, database) = (redis, redis.GetDatabase());

    /// <exception cref="RedisConnectionException">Redis is unreachable.</exception>
    public static async Task<PageCache> ConnectAsync(string socket) => new(await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
    {
        EndPoints = { new UnixDomainSocketEndPoint(socket) },
        ResponseBufferPool = new WidePages(),
    }));

    /// <summary>The page as this link shows it, or null. The caller disposes the lease.</summary>
    public Task<Lease<byte>?> FindShared(RedisKey pages, RedisValue link) => database.HashGetLeaseAsync(pages, link);

    /// <summary>The entity tag of the page that <see cref="FindShared"/> finds.</summary>
    public async Task<string?> FindSharedTag(RedisKey pages, RedisValue linkTag) => await database.HashGetAsync(pages, linkTag);

    public void PutShared(RedisKey pages, RedisValue link, RedisValue linkTag, ReadOnlyMemory<byte> value)
    {
        _ = database.HashSetAsync(pages, [new(link, value), new(linkTag, TagOf(value.Span))], CommandFlags.FireAndForget);
        _ = database.KeyExpireAsync(pages, Lifetime, CommandFlags.FireAndForget);
    }

    /// <summary>The page or null. The caller disposes the lease.</summary>
    public Task<Lease<byte>?> Find(RedisKey page) => database.StringGetLeaseAsync(page);

    /// <summary>The page's entity tag; only the first bytes of the page are transferred.</summary>
    public async Task<string?> FindTag(RedisKey page)
    {
        ReadOnlyMemory<byte> start = await database.StringGetRangeAsync(page, 0, 63);
        return start.IsEmpty ? null : TagOf(start.Span);
    }

    public void Put(RedisKey page, ReadOnlyMemory<byte> value) => _ = database.StringSetAsync(page, value, Lifetime, flags: CommandFlags.FireAndForget);

    public void CountView(RedisKey views) => _ = database.StringIncrementAsync(views, flags: CommandFlags.FireAndForget);

    /// <summary>Deletes all pages that a write invalidated, in one command.</summary>
    public Task Forget(RedisKey[] pages) => database.KeyDeleteAsync(pages);

    public static byte[] Pack(Page page)
    {
        var value = new byte[1 + page.ETag.Length + page.Body.Length];
        value[0] = (byte)page.ETag.Length;
        Encoding.ASCII.GetBytes(page.ETag, value.AsSpan(1));
        page.Body.CopyTo(value, 1 + page.ETag.Length);
        return value;
    }

    public static string TagOf(ReadOnlySpan<byte> value) => Encoding.ASCII.GetString(value.Slice(1, value[0]));

    public static ReadOnlyMemory<byte> BodyOf(ReadOnlyMemory<byte> value) => value[(1 + value.Span[0])..];

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    /// <summary>
    /// Larger receive buffers: by default the client reads 8 KB at a time and doubles from there, so a page of 33 KB would arrive in three segments and be
    /// copied together.
    /// </summary>
    private sealed class WidePages : MemoryPool<byte>
    {
        private const int Narrow = 8 * 1024, Wide = 256 * 1024;

        public override int MaxBufferSize => Shared.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(minBufferSize <= Narrow ? Wide : minBufferSize);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
