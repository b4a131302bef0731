-- statements: 15
/*!999999\- enable the sandbox mode; it's safe */ 
-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*M!100616 SET @OLD_NOTE_VERBOSITY=@@NOTE_VERBOSITY, NOTE_VERBOSITY=0 */;

DROP TABLE IF EXISTS `city`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `city` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(100) DEFAULT 'it''s; \'quoted\'',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='a;b';

LOCK TABLES `city` WRITE;
/*!40000 ALTER TABLE `city` DISABLE KEYS */;
INSERT INTO `city` VALUES (1,'a\\'),(2,'b\';c'),(3,"d;\"e"),(4,_binary 'x;y'),(5,_utf8mb4'z;\'');
/*!40000 ALTER TABLE `city` ENABLE KEYS */;
UNLOCK TABLES;

/*!50003 SET sql_mode = 'STRICT_TRANS_TABLES' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `city_bi` BEFORE INSERT ON `city` FOR EACH ROW BEGIN
  SET NEW.name = TRIM(NEW.name);
  SET NEW.name = CONCAT(NEW.name, ';');
END */;;
DELIMITER ;
/*!50003 SET sql_mode = @saved_sql_mode */ ;
-- Dump completed on 2024-01-01  0:00:00
