-- statements: 12
--
-- PostgreSQL database dump
--

\restrict 4qzVkW8mXqJf1sGh7b

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Name: city; Type: TABLE; Schema: public; Owner: shop
--

CREATE TABLE public.city (
    id integer NOT NULL,
    name text DEFAULT 'none; yet'::text,
    place point
);

ALTER TABLE public.city OWNER TO shop;

--
-- Data for Name: city; Type: TABLE DATA; Schema: public; Owner: shop
--

COPY public.city (id, name, place) FROM stdin;
1	Oslo; the capital	(59.9,10.7)
2	St. John's	\N
3	-- not a comment	(1,1)
4	/* nor this	(1,1)
5	$$	(1,1)
6	\\.	(1,1)
\.

COPY public.empty (id) FROM stdin;
\.

SELECT pg_catalog.setval('public.city_id_seq', 6, true);

ALTER TABLE ONLY public.city
    ADD CONSTRAINT city_pkey PRIMARY KEY (id);

\unrestrict 4qzVkW8mXqJf1sGh7b

